#include "orchestrator/run/real_world.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "orchestrator/event/mask_event.hpp"
#include "orchestrator/guard/guard.hpp"
#include "orchestrator/meter/blocked_writers.hpp"
#include "orchestrator/preflight/start_failure.hpp"
#include "orchestrator/process/child_process.hpp"
#include "orchestrator/process/descendants.hpp"
#include "orchestrator/process/open_files.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "orchestrator/process/title.hpp"
#include "orchestrator/run/last_words.hpp"
#include "orchestrator/run/refusal.hpp"
#include "orchestrator/run/settle.hpp"
#include "orchestrator/run/stage_limits.hpp"
#include "stages/base/error.hpp"
#include "stages/base/own_status.hpp"
#include "stages/base/pidfd.hpp"
#include "stages/job/protocol.hpp"

namespace pipectl {

namespace {

using Clock = std::chrono::steady_clock;

/// Descriptors of our own beside those of links, processes and files.
constexpr std::size_t kOwnDescriptors = 32;

/// "2 of 'gpu', lock 'f.lock'"
std::string what_it_holds(const Plan& plan, int process) {
    std::string text;
    for (const UnitsNeeded& need : plan.processes[process].needs) {
        text += (text.empty() ? "" : ", ") + std::to_string(need.count) + " of '" +
                plan.semaphores[need.semaphore].name + "'";
    }
    if (const auto& lock = plan.processes[process].lock) {
        text += (text.empty() ? "lock '" : ", lock '") + lock->path + "'";
    }
    return text;
}

/// System V objects have no name that could be written down before they are made.
bool makes_nameless_objects(const Plan& plan) {
    return std::ranges::any_of(
               plan.links, [](const Link& link) { return link.kind->name.starts_with("sysv"); }) ||
           std::ranges::any_of(plan.shared,
                               [](const SharedRegion& region) {
                                   return region.kind == SharedRegion::Kind::sysv_shm;
                               }) ||
           std::ranges::any_of(plan.semaphores,
                               [](const SemaphorePlan& each) { return !each.of_user; });
}

/// Why the run cannot have the descriptors that it needs; empty: it can.
std::string too_few_descriptors(const Plan& plan) {
    const std::size_t needed = 2 * plan.links.size() + plan.processes.size() + plan.outputs.size() +
                               plan.inputs.size() + kOwnDescriptors;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max >= needed) {
        return {};
    }
    return "the run needs about " + std::to_string(needed) +
           " open descriptors, and the limit is " + std::to_string(limit.rlim_max) +
           " (see 'ulimit -Hn')";
}

/// Of a child that has ended and was not waited for. Asked only where it matters: of those that
/// ended by a status of their own.
OnBrokenPipe on_broken_pipe(const siginfo_t& info) {
    if (info.si_code != CLD_EXITED || info.si_status == 0) {
        return OnBrokenPipe::unknown;
    }
    switch (answers_signal(info.si_pid, SIGPIPE)) {
        case 0: return OnBrokenPipe::dies;
        case 1: return OnBrokenPipe::answers;
        default: return OnBrokenPipe::unknown;
    }
}

}  // namespace

RealWorld::RealWorld(RunContext context, const FrontHandle& front, const AttemptAt& attempt)
    : context_(std::move(context)),
      plan_(context_.plan),
      front_(front),
      attempt_(attempt),
      clock_(attempt.began),
      report_(make_pipe()),
      folder_(context_.run_id, context_.ledger),
      links_(plan_, folder_),
      regions_(plan_, context_.preflight, folder_),
      taps_(plan_),
      launcher_(plan_, context_.preflight, context_.outputs, links_, regions_, folder_,
                context_.run_id, report_.writer.get(), context_.observer.recording, taps_,
                context_.stages),
      children_(plan_.processes.size()),
      first_bytes_(plan_, links_),
      leavings_(plan_, context_.run_id),
      known_(plan_, context_.run_id, folder_),
      looks_(plan_, context_.preflight, links_, context_.observer, *this, clock_.began()),
      signals_(
          loop_, front_.socket, children_, clock_,
          {[this](Occurrence what) { happened_.push_back(std::move(what)); }, [this] { reap(); },
           [this] {
               look();
               context_.observer.on_status_request();
           },
           [this] {
               if (context_.observer.on_stop) context_.observer.on_stop();
               if (context_.others != nullptr) context_.others->stopped(true);
           },
           [this] {
               if (context_.others != nullptr) context_.others->stopped(false);
               looks_.meter().skip_to(Clock::now());
               looks_.soon(now());
           }}),
      asked_({plan_, children_, clock_, looks_, signals_, context_.stages, context_.outputs, taps_,
              front_.pidfd, [this](const Occurrence& what) { happened_.push_back(what); },
              [this](int process, int signal) {
                  perform(action::SendSignal{process, signal});
              }}),
      control_(loop_, folder_, asked_, front_.pidfd) {
    if (makes_nameless_objects(plan_)) folder_.will_list();
    // pkill(1) by the name of the program or of its file is meant for the front, which passes the
    // signal on.
    set_title("run:" + plan_.name + " (supervisor of " + std::to_string(::getppid()) + ")");
    // Should the front die while a stop signal holds us, we must wake up to clean up after it.
    ::prctl(PR_SET_PDEATHSIG, SIGCONT);
    become_subreaper();
    set_nonblocking(report_.reader.get(), true);
    loop_.on_readable(report_.reader.get(), [this] {
        take_reports();
        return true;
    });
    loop_.on_readable(front_.pidfd, [this]() -> bool { front_was_killed(); });
    if (attempt_.number == 1) {
        tell(start_of_run(plan_, context_.run_id));
    } else {
        control_.open();  // a run that lasts can be asked between its attempts
    }
    if (context_.others != nullptr) meet_others();
}

void RealWorld::meet_others() {
    auto ends = context_.others->begin(
        {loop_, [this](Occurrence what) { happened_.push_back(std::move(what)); },
         [this](int process, int signal) {
             perform(action::SendSignal{process, signal});
         },
         [this](int signal) { signals_.act_on(signal); },
         [this] { return std::chrono::duration<double>(Clock::now() - clock_.began()).count(); },
         [this] {
             for (const Occurrence& each : happened_) {
                 if (const auto* signal = std::get_if<occurrence::CancelSignal>(&each)) {
                     return signal->signal;
                 }
                 if (std::holds_alternative<occurrence::CancelAsked>(each)) return SIGTERM;
             }
             return 0;
         }});
    for (OtherHosts::End& each : ends) {
        links_.take_end(each.link, each.writer, std::move(each.end), std::move(each.line));
    }
}

void RealWorld::close(Director::Outcome& outcome) {
    known_.close();
    context_.ledger.clean_up();
    folder_.close();
    const auto telling = [this](decltype(Event::what) what) { tell(std::move(what)); };
    tell_last_words(plan_, context_.outputs, context_.stages, front_.socket, front_.pidfd, telling);
    control_.say_last_words();
    if (context_.others == nullptr) settle_outputs(context_.outputs, outcome, telling);
    const std::chrono::duration<double> since = Clock::now() - clock_.began();
    for (const Event& event : looks_.accounts(since.count())) {
        context_.observer.on_event(event);
    }
    if (context_.others != nullptr) context_.others->settle(context_.outputs, outcome, telling);
    const bool in_group = guard_asked_ && find_cgroup_of(context_.run_id);
    tell(RunEnded{outcome.verdict, outcome.exit, outcome.signal, outcome.message,
                  in_group ? "cgroup" : "subreaper"});
}

void RealWorld::close_attempt(const Director::Outcome& outcome, RunTime pause) {
    known_.close();
    context_.ledger.clean_up();
    folder_.close();
    tell(AttemptFailed{attempt_.number, outcome.verdict, outcome.exit, outcome.process,
                       std::chrono::duration<double>(pause).count()});
    context_.outputs.begin_again();
}

// --- World
// ----------------------------------------------------------------------------------------

Occurrence RealWorld::start(int process) {
    const bool again = launcher_.starts(process) > 0;
    if (!std::exchange(begun_, true)) {  // not always the first stage: it may come after others
        wait_for_guard();
        if (std::string reason = too_few_descriptors(plan_); !reason.empty()) {
            return occurrence::GaveUp{std::move(reason)};
        }
        try {
            regions_.make();
        } catch (const SystemError& error) {
            return occurrence::GaveUp{error.what()};
        }
    }
    SpawnResult result;
    try {
        if (!again && !plan_.processes[process].after.empty()) {
            if (auto failure = look_at_late_start(process)) return *failure;
        }
        result = launcher_.start(process);
    } catch (const channel::SemaphoreError& error) {
        return occurrence::GaveUp{error.what()};
    } catch (const SystemError& error) {
        return occurrence::StartFailed{process, error.what(), kOwnErrorStatus};
    }
    if (!result.process) {
        const auto& argv = plan_.processes[process].shown_argv;
        return occurrence::StartFailed{process,
                                       describe_start_failure(result.failure, argv.front()),
                                       status_of_start_failure(result.failure)};
    }
    const pid_t pid = result.process->pid;
    children_.add(process, pid);
    if (plan_.processes[process].holds()) {
        waiting_.insert(process);
        tell(ProcessWaits{process, pid, what_it_holds(plan_, process)});
    } else {
        runs_now(process);
    }
    return occurrence::Started{process};
}

/// Nothing that a kill of front and supervisor would leave is there before the third process is.
void RealWorld::wait_for_guard() {
    pollfd ends[2] = {{front_.guarded, POLLIN, 0}, {front_.pidfd, POLLIN, 0}};
    while (::poll(ends, 2, -1) < 0 && errno == EINTR) {
    }
    if (ends[0].revents == 0) front_was_killed();
}

void RealWorld::runs_now(int process) {
    const pid_t pid = children_.pid(process);
    waiting_.erase(process);
    looks_.meter().started(process, pid, Clock::now());
    first_bytes_.started(process, pid);
    tell(ProcessStarted{process, pid});
}

/// Why a process that starts after others cannot, for what these did not bring about.
std::optional<Occurrence> RealWorld::look_at_late_start(int process) {
    LateLook look = look_again(plan_, process, own_environment());
    if (look.failure) {
        std::string reason = look.failure->diagnostic.message;
        const std::string stage = "stage '" + plan_.processes[process].name + "': ";
        if (reason.starts_with(stage)) reason.erase(0, stage.size());
        return occurrence::StartFailed{process, std::move(reason), look.failure->status};
    }
    launcher_.found_late(process, std::move(look));
    for (const Descriptor& each : plan_.processes[process].descriptors) {
        if (each.what != Descriptor::What::output_file) continue;
        if (const auto failure = context_.outputs.open_late(each.index)) {
            return occurrence::StartFailed{process, failure->message, kOwnErrorStatus};
        }
    }
    return std::nullopt;
}

void RealWorld::all_started() {
    folder_.close();  // channels lose their names once both ends are there
    // Nobody but the stages reads our stdin from now on: whoever feeds it must notice when they
    // end.
    const Fd null = open_null_device();
    ::dup2(null.get(), STDIN_FILENO);
    if (attempt_.last) context_.outputs.keep_only_rollback();
    looks_.meter().look_at_programs();
}

std::vector<Occurrence> RealWorld::wait(std::optional<RunTime> until) {
    const std::optional<RunTime> look_at = looks_.due();
    std::optional<RunTime> next = until;
    if (look_at && (!next || *look_at < *next)) {
        next = look_at;
    }
    if (const auto at = first_bytes_.due(); at && (!next || *at < *next)) {
        next = at;
    }
    if (happened_.empty()) {
        std::optional<Loop::Time> at = next ? clock_.when(*next) : std::nullopt;
        if (context_.others != nullptr) {
            const auto due = context_.others->due();
            if (due && (!at || *due < *at)) at = due;
        }
        loop_.wait(at);
    }
    if (context_.others != nullptr) context_.others->look();
    if (!clock_.stopped()) {
        if (until && *until <= now()) {
            happened_.emplace_back(occurrence::TimePassed{});
        }
        if (look_at && *look_at <= now()) {
            look();
        }
        if (auto begun = first_bytes_.look(now()); !begun.empty()) {
            happened_.emplace_back(occurrence::OutputBegan{std::move(begun)});
        }
    }
    return std::exchange(happened_, {});
}

RunTime RealWorld::now() const {
    return clock_.at(Clock::now());
}

void RealWorld::carry_out(const Action& action) {
    std::visit([this](const auto& each) { perform(each); }, action);
}

void RealWorld::perform(const action::EndForGood& what) {
    links_.process_ended(what.process);
    launcher_.let_go(what.process);
}

void RealWorld::perform(const action::SendSignal& what) {
    if (context_.others != nullptr && context_.others->signal(what.process, what.signal)) return;
    // SIGCONT only lets a process that was stopped take the other one.
    if (children_.signal(what.process, what.signal) && what.signal != SIGCONT) {
        tell(SignalSent{what.process, what.signal});
    }
}

void RealWorld::perform(const action::LetWriterFail& what) {
    if (plan_.links[what.link].kind->reader_left != nullptr) {
        warn_blocked_writers(links_.writer_file(what.link),
                             [&] { return links_.level(what.link).full; });
    }
    links_.let_writer_fail(what.link);
}

void RealWorld::perform(const action::SignalWriters& what) {
    const std::vector<pid_t> found = holders_of(links_.writer_file(what.link), true, ::getpid());
    std::set<pid_t> meant(found.begin(), found.end());
    if (what.signal == SIGPIPE) {
        // A shell that waits for the program that writes would not get it from a pipe either.
        for (const pid_t pid : found) {
            ProcessStat stat;
            if (read_process_stat(pid, stat)) meant.erase(stat.parent);
        }
    }
    signal_descendants(::getpid(), what.signal, [&](pid_t pid) { return meant.contains(pid); });
    const int writer = plan_.links[what.link].writer;
    if (meant.contains(children_.pid(writer))) {
        tell(SignalSent{writer, what.signal});
    }
}

void RealWorld::perform(const action::TellHelper& what) {
    // A file never says that its reader has left; see stages/flow/readers.hpp.
    for (const Descriptor& descriptor : plan_.processes[what.process].descriptors) {
        if (descriptor.what == Descriptor::What::link_writer && descriptor.index == what.link) {
            sigval value{};
            value.sival_int = descriptor.number;
            ::sigqueue(children_.pid(what.process), job::reader_gone_signal(), value);
        }
    }
}

void RealWorld::perform(const action::EndLeftovers& /*what*/) {
    leavings_.end();
}

void RealWorld::perform(const action::KillAll& /*what*/) {
    leavings_.kill();
    if (context_.others != nullptr) context_.others->kill();
}

void RealWorld::perform(const action::RunLasts& /*what*/) {
    control_.open();  // first: what is left of a run without a folder could not be found
    guard_asked_ = true;
    signal_process(front_.pidfd, SIGCHLD);
    look();
}

void RealWorld::perform(const action::Tell& what) {
    if (std::holds_alternative<CancelBegan>(what.what)) {
        cancelling_ = true;
        signals_.cancelling();
    } else if (const auto* const leftover = std::get_if<LeftoverFound>(&what.what)) {
        looks_.meter().orphan(leftover->pid, Clock::now());
    }
    tell(what.what);
}

// --- Facts
// ----------------------------------------------------------------------------------------

bool RealWorld::is_exiting(int process) const {
    return children_.is_exiting(process);
}

bool RealWorld::is_abandoned(int link) const {
    const OpenFile end = links_.kept_reader_file(link);
    return end ? holders_of(end, false, ::getpid()).empty() : links_.is_abandoned(link);
}

bool RealWorld::is_closed(int link) const {
    const int writer = plan_.links[link].writer;
    const OpenFile end = links_.writer_file(link);
    // Looked at in this order: a process that begins to exit closes its descriptors after that.
    // Most producers have it themselves, and a walk over all processes is spared.
    return end && children_.pid(writer) > 0 && !has_open(children_.pid(writer), end, true) &&
           holders_of(end, true, ::getpid()).empty() && !children_.is_exiting(writer);
}

bool RealWorld::writer_goes_on(int link) {
    return links_.writer_goes_on(link);
}

bool RealWorld::has_moved(int process) {
    return looks_.meter().has_moved(process);
}

bool RealWorld::input_over(int process) const {
    bool any = false;
    for (const Descriptor& descriptor : plan_.processes[process].descriptors) {
        InputEnd end = InputEnd::unknown;
        if (descriptor.what == Descriptor::What::link_reader) {
            end = links_.end_of_kept_reader(descriptor.index);
        } else if (descriptor.what == Descriptor::What::inherited && descriptor.index == 0) {
            end = end_of_input(STDIN_FILENO);
        }
        if (end == InputEnd::open) {
            return false;
        }
        any = any || end == InputEnd::over;
    }
    return any;
}

bool RealWorld::outside_reader_gone() const {
    pollfd out{STDOUT_FILENO, 0, 0};
    return ::poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP)) != 0;
}

bool RealWorld::reached_group(int signal) const {
    return signals_.reached_group(signal);
}

std::vector<LinkWaits> RealWorld::waits() const {
    return looks_.meter().waits();
}

Facts::Leftovers RealWorld::leftovers() const {
    return leavings_.find();
}

// --- what comes in
// --------------------------------------------------------------------------------

void RealWorld::tell(decltype(Event::what) what) {
    const std::chrono::duration<double> since = Clock::now() - clock_.began();
    mask(what, plan_.secrets);
    context_.observer.on_event({since.count(), std::move(what)});
}

void RealWorld::reap() {
    take_reports();  // what they said before they ended
    occurrence::Ended ended;
    while (const std::optional<siginfo_t> info = find_ended_child()) {
        const std::optional<int> process = children_.find(info->si_pid);
        OnBrokenPipe on_pipe = OnBrokenPipe::unknown;
        // Cancelled while it waited for what it needs, it never was its program.
        const bool ran = process && (!waiting_.contains(*process) || !cancelling_);
        if (ran) {
            if (waiting_.contains(*process)) runs_now(*process);
            if (first_bytes_.ended(*process)) {
                happened_.emplace_back(occurrence::OutputBegan{{*process}});
            }
            looks_.meter().ended(*process, Clock::now());
            on_pipe = on_broken_pipe(*info);
        } else if (!process) {
            looks_.meter().orphan(info->si_pid, Clock::now());
        }
        const std::optional<EndedChild> child = try_reap(info->si_pid);
        if (!child) {
            break;
        }
        if (!process) {
            continue;  // an orphan that we adopted
        }
        if (!plan_.processes[*process].restart) links_.process_ended(*process);
        children_.remove(*process);
        waiting_.erase(*process);
        if (ran) {
            looks_.meter().reaped(*process, child->use);
            tell(ProcessEnded{
                *process, child->how, child->use,
                limit_reached(plan_.processes[*process].limits, child->how, child->use)});
        }
        ended.batch.push_back({*process, child->how, on_pipe});
    }
    if (!ended.batch.empty()) {
        happened_.emplace_back(std::move(ended));
        looks_.soon(now());
    }
}

void RealWorld::take_reports() {
    job::OutputComplete word{};
    while (::read(report_.reader.get(), &word, sizeof word) == static_cast<ssize_t>(sizeof word)) {
        const std::optional<int> process = children_.find(word.process);
        if (!process) {
            continue;  // it has been judged as a whole
        }
        if (word.number < 0) {
            take_word_of_holder(*process, word.number);
            continue;
        }
        for (const Descriptor& descriptor : plan_.processes[*process].descriptors) {
            if (descriptor.number == word.number &&
                descriptor.what == Descriptor::What::link_writer) {
                happened_.emplace_back(occurrence::OutputComplete{descriptor.index});
            }
        }
    }
}

void RealWorld::take_word_of_holder(int process, int word) {
    if (word == job::kHasAll) {
        runs_now(process);
        happened_.emplace_back(occurrence::HasAll{process});
        return;
    }
    const std::string what = what_it_holds(plan_, process);
    happened_.emplace_back(occurrence::StartFailed{
        process,
        word == job::kLockIsHeld ? "lock '" + plan_.processes[process].lock->path + "' is held"
                                 : "it cannot get " + what,
        kOwnErrorStatus});
}

void RealWorld::look() {
    happened_.emplace_back(looks_.look(now()));
    if (guard_asked_) {
        known_.note();
    }
}

void RealWorld::front_was_killed() {
    if (context_.others != nullptr) context_.others->hang_up(false);
    const bool in_group = leavings_.kill_all();
    context_.outputs.roll_back();
    context_.ledger.clean_up();
    context_.terminal.restore();
    context_.teller.replace_front();
    context_.stages.take_all(context_.teller);
    tell_last_words(plan_, context_.outputs, context_.stages, front_.socket, front_.pidfd,
                    [this](decltype(Event::what) what) { tell(std::move(what)); });
    tell(RunEnded{Verdict::cancelled, 128 + SIGKILL, SIGKILL, "pipectl was killed",
                  in_group ? "cgroup" : "subreaper"});
    if (context_.observer.on_over) {
        (void)context_.observer.on_over(
            kOwnErrorStatus);  // the record says what became of its stages
    }
    context_.teller.drain(std::chrono::milliseconds(1000), {});
    ::_exit(128 + SIGKILL);
}

}  // namespace pipectl
