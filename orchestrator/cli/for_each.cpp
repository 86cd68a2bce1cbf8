#include "orchestrator/cli/for_each.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/cli/ordered_output.hpp"
#include "orchestrator/cli/run_history.hpp"
#include "orchestrator/command/colour.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/files/report_file.hpp"
#include "orchestrator/preflight/preflight.hpp"
#include "orchestrator/process/child_process.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "orchestrator/report/items_table.hpp"
#include "orchestrator/report/joblog.hpp"
#include "orchestrator/report/read_record.hpp"
#include "orchestrator/report/record.hpp"
#include "orchestrator/run/refusal.hpp"
#include "orchestrator/traces/run_folder.hpp"
#include "stages/base/clock.hpp"
#include "stages/base/error.hpp"
#include "stages/base/pidfd.hpp"
#include "stages/base/signals.hpp"
#include "stages/objects/hold.hpp"

namespace pipectl {

namespace {

using Clock = std::chrono::steady_clock;
using Halt = ForEach::Halt;

/// A signal to the whole group is with the items by then.
constexpr std::chrono::milliseconds kGroupPatience{20};
/// Outputs of items that wait for their turn, or for the reader of stdout.
constexpr std::size_t kMostWaiting = 64;
/// What an item's descriptors cost us, and what is ours.
constexpr std::size_t kDescriptorsOfItem = 4;
constexpr std::size_t kOwnDescriptors = 128;
constexpr std::size_t kLargestItemRecord = std::size_t{64} << 20U;
constexpr int kKilledStatus = 128;

std::size_t processors() {
    cpu_set_t set;
    return ::sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<std::size_t>(CPU_COUNT(&set))
                                                         : 1;
}

/// As many at a time as are asked for and have room.
std::size_t jobs_of(const ForEach& each) {
    const std::size_t asked = each.jobs ? static_cast<std::size_t>(*each.jobs) : processors();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return asked;
    const std::size_t room =
        limit.rlim_cur > kOwnDescriptors + kMostWaiting
            ? (limit.rlim_cur - kOwnDescriptors - kMostWaiting) / kDescriptorsOfItem
            : 1;
    return std::clamp<std::size_t>(asked, 1, std::max<std::size_t>(room, 1));
}

/// One that runs.
struct RunningItem {
    std::size_t index = 0;
    ChildProcess child;
    Fd output;  ///< its stdout; empty: it has ours
    Fd record;
};

/// The signals that are not left to what they do by default.
constexpr std::array kTakenSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGTSTP, SIGCONT};

class Conductor {
  public:
    Conductor(const RunOptions& options, const Loaded& loaded)
        : options_(options),
          loaded_(loaded),
          each_(*loaded.definition.for_each),
          items_(*loaded.items),
          jobs_(jobs_of(each_)),
          direct_(jobs_ == 1 && !each_.any_order),
          output_(each_.any_order),
          json_(options.json),
          joblog_(options.joblog) {
        summary_.run = make_run_id();
        summary_.pipeline = loaded.plan.name;
        summary_.source = loaded.plan.source;
        summary_.started_at = utc_now();
        for (const auto& [name, value] : loaded.plan.params) {
            const bool of_item =
                std::find(items_.names.begin(), items_.names.end(), name) != items_.names.end();
            if (!of_item) summary_.params.push_back({name, value});
        }
        summary_.items.resize(items_.count());
        for (std::size_t i = 0; i < summary_.items.size(); ++i) {
            for (auto& [name, value] : items_.at(i)) {
                summary_.items[i].values.push_back({std::move(name), std::move(value)});
            }
        }
    }

    int run() {
        if (loaded_.plan.lock) {
            const LockWanted& lock = *loaded_.plan.lock;
            lock_ = channel::take_all({}, {{lock.path, lock.shared, lock.wait}});
        }
        take_signals_over();
        while (true) {
            start_items();
            if (running_.empty() && !output_.has_more()) break;
            wait();
        }
        finish();
        ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
        if (ended_by_ != 0) {
            const rlimit none{0, 0};  // no core dump of ours for somebody's Ctrl-backslash
            ::setrlimit(RLIMIT_CORE, &none);
            ::signal(ended_by_, SIG_DFL);
            ::raise(ended_by_);
        }
        return summary_.end->exit;
    }

  private:
    void take_signals_over() {
        sigset_t set = signal_set({});
        for (const int number : kTakenSignals) {
            struct sigaction action {};
            const bool ignored =
                ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
            if (!ignored) sigaddset(&set, number);
        }
        ::sigprocmask(SIG_BLOCK, &set, &mask_before_);
        signals_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
        if (!signals_) throw SystemError("cannot watch for signals", errno);
        ::signal(SIGPIPE, SIG_IGN);
        // a caller that ignores SIGCHLD would take the children's statuses from us; wait(2)
        ::signal(SIGCHLD, SIG_DFL);
    }

    [[nodiscard]] double now_s() const {
        return std::chrono::duration<double>(Clock::now() - began_).count();
    }

    [[nodiscard]] bool goes_on() const {
        if (ended_by_ != 0 || output_.broken() || output_.failed() != 0) return false;
        return first_failure_ == 0 || each_.halt == Halt::never;
    }

    void start_items() {
        while (goes_on() && next_ < items_.count() && running_.size() < jobs_ &&
               output_.waiting() + running_.size() < std::max(kMostWaiting, 2 * jobs_)) {
            start(next_++);
        }
    }

    void start(std::size_t index) {
        RunningItem item;
        item.index = index;
        if (!direct_) item.output = OrderedOutput::new_file();
        item.record = Fd(::memfd_create("pipectl.item", MFD_CLOEXEC));
        if (!item.record) throw SystemError("cannot create a file in memory", errno);
        const pid_t conductor = ::getpid();
        summary_.items[index].start_s = now_s();
        item.child = fork_child(
            [&] { return run_item(index, item.output.get(), item.record.get(), conductor); });
        running_.push_back(std::move(item));
    }

    /// In the child: everything that a run does.
    int run_item(std::size_t index, int output, int record, pid_t conductor) {
        ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
        ::signal(SIGPIPE, SIG_DFL);
        const Fd null = open_null_device();
        if (::dup2(null.get(), STDIN_FILENO) < 0 ||
            (output >= 0 && ::dup2(output, STDOUT_FILENO) < 0)) {
            throw SystemError("cannot set up an item", errno);
        }
        PlanRequest request = loaded_.request;
        request.item = items_.at(index);
        Loaded loaded;
        loaded.source = loaded_.source;
        loaded.definition = loaded_.definition;
        loaded.request = request;
        PlanResult planned = make_plan(loaded_.definition, request);
        loaded.plan = std::move(planned.plan);
        loaded.plan.name += "[" + items_.label(index) + "]";
        loaded.plan.lock.reset();  // it is ours
        if (has_errors(planned.diagnostics)) {
            show_diagnostics(loaded.source, planned.diagnostics, options_.colour);
            return kOwnError;
        }
        RunOptions options = options_;
        options.json.clear();
        options.joblog.clear();
        options.summary = false;
        options.progress = "never";
        options.item = {record, conductor};
        return run_looked_up(options, loaded);
    }

    void wait() {
        std::vector<pollfd> polled = {{signals_.get(), POLLIN, 0},
                                      {output_.has_more() ? STDOUT_FILENO : -1, POLLOUT, 0}};
        for (const RunningItem& item : running_) {
            polled.push_back({item.child.pidfd.get(), POLLIN, 0});
        }
        if (::poll(polled.data(), polled.size(), patience_ms()) < 0 && errno != EINTR) {
            throw SystemError("cannot wait", errno);
        }
        if (polled[0].revents != 0) take_signals();
        pass_on_when_due();
        if (polled[1].revents != 0) write_output();
        for (std::size_t i = polled.size(); i-- > kFirstItem;) {
            if (polled[i].revents != 0) take_end(i - kFirstItem);
        }
    }

    [[nodiscard]] int patience_ms() const {
        if (!pass_on_at_) return -1;
        const auto left = *pass_on_at_ - Clock::now();
        return std::max(
            0, 1 + static_cast<int>(
                       std::chrono::duration_cast<std::chrono::milliseconds>(left).count()));
    }

    void write_output() {
        output_.write_some();
        if (output_.broken() || output_.failed() != 0) cancel(SIGPIPE);
    }

    void take_signals() {
        signalfd_siginfo info{};
        while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
            const int number = static_cast<int>(info.ssi_signo);
            const bool ends = std::ranges::find(kEndingSignals, number) != kEndingSignals.end();
            if (ends && ended_by_ == 0) ended_by_ = number;
            // what the kernel sends, for a terminal, the items have got
            if (info.ssi_code != SI_KERNEL) {
                to_pass_on_.push_back(number);
                pass_on_at_ = Clock::now() + kGroupPatience;
            }
            if (number == SIGTSTP) stop();
        }
    }

    /// As the items do, and go on with them.
    void stop() {
        if (pass_on_at_) {
            ::poll(nullptr, 0, static_cast<int>(kGroupPatience.count()));
            pass_on_at_ = Clock::now();
            pass_on_when_due();
        }
        ::signal(SIGTSTP, SIG_DFL);
        ::raise(SIGTSTP);
        const sigset_t set = signal_set({SIGTSTP});
        ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
        ::sigprocmask(SIG_BLOCK, &set, nullptr);
    }

    void pass_on_when_due() {
        if (!pass_on_at_ || Clock::now() < *pass_on_at_) return;
        pass_on_at_.reset();
        for (const int number : std::exchange(to_pass_on_, {})) {
            for (const RunningItem& item : running_) {
                signal_process(item.child.pidfd.get(), number);
            }
        }
    }

    void cancel(int why) {
        if (std::exchange(cancelled_, true)) return;
        if (why == SIGPIPE && first_failure_ == 0) first_failure_ = kKilledStatus + SIGPIPE;
        for (const RunningItem& item : running_) {
            signal_process(item.child.pidfd.get(), SIGTERM);
        }
    }

    void take_end(std::size_t at) {
        RunningItem item = std::move(running_[at]);
        running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(at));
        const ExitStatus how = item.child.wait().value_or(ExitStatus{kOwnError, 0, false});
        ItemSummary& summary = summary_.items[item.index];
        summary.end_s = now_s();
        read_result(item, how, summary);
        if (item.output) {
            struct stat status {};
            if (::fstat(item.output.get(), &status) == 0) summary.bytes_out = status.st_size;
        }
        output_.add(item.index, std::move(item.output));
        if (how.shell_status() == 0) return;
        if (first_failure_ == 0 && ended_by_ == 0) first_failure_ = how.shell_status();
        if (each_.halt == Halt::now) cancel(SIGTERM);
    }

    /// What the item's run wrote of itself; when that is not there, how its front ended.
    static void read_result(const RunningItem& item, const ExitStatus& how, ItemSummary& summary) {
        try {
            ::lseek(item.record.get(), 0, SEEK_SET);
            const std::string text = read_all(item.record.get(), kLargestItemRecord, "record");
            if (!text.empty()) {
                Summary run = read_record(text);
                summary.run = run.run;
                summary.end = run.end;
                for (const StageSummary& stage : run.stages) {
                    const bool failed = stage.verdict && (*stage.verdict == Verdict::failed ||
                                                          *stage.verdict == Verdict::timeout);
                    if (failed && summary.failed.empty()) summary.failed = stage.name;
                }
            }
        } catch (const std::exception& error) {
            summary.failed = error.what();
        }
        if (summary.end) return;
        summary.end.emplace();
        summary.end->verdict = how.shell_status() == 0 ? Verdict::ok : Verdict::failed;
        summary.end->exit = how.shell_status();
        summary.end->message = how.signal != 0 ? "its front " + describe(how) : "";
    }

    void finish() {
        summary_.wall_s = now_s();
        RunEnded& end = summary_.end.emplace();
        end.exit = ended_by_ != 0 ? kKilledStatus + ended_by_ : first_failure_;
        end.signal = ended_by_;
        end.verdict = ended_by_ != 0        ? Verdict::cancelled
                      : first_failure_ != 0 ? Verdict::failed
                                            : Verdict::ok;
        if (output_.broken()) {
            end.message = "whoever read stdout had enough";
        } else if (output_.failed() != 0) {
            end.message = std::string("cannot write to stdout: ") + std::strerror(output_.failed());
            end.exit = kOwnError;
        }
        tell();
        Teller teller;
        remember_run(options_, summary_, teller);
        teller.drain(std::chrono::milliseconds(2000), {});
        const auto write = [&](ReportFile& file, auto render) {
            try {
                if (file) file.write(render(summary_));
            } catch (const std::exception& error) {
                own_error(error.what());
                if (end.exit == 0) end.exit = kOwnError;
            }
        };
        write(json_, render_record_json);
        write(joblog_, render_joblog);
    }

    void tell() const {
        const bool colour = use_colour(options_.colour, STDERR_FILENO);
        if (summary_.end->verdict != Verdict::ok || options_.summary) {
            print_error(render_items_line(summary_));
        }
        if (options_.summary) print_error(render_items_table(summary_, colour));
    }

    static constexpr std::size_t kFirstItem = 2;

    const RunOptions& options_;
    const Loaded& loaded_;
    const ForEach& each_;
    const Items& items_;
    std::size_t jobs_;
    bool direct_;  ///< items write to our stdout themselves
    OrderedOutput output_;
    ReportFile json_;
    ReportFile joblog_;
    std::vector<Fd> lock_;
    Summary summary_;
    Clock::time_point began_ = Clock::now();
    sigset_t mask_before_{};
    Fd signals_;
    std::vector<RunningItem> running_;
    std::size_t next_ = 0;
    int first_failure_ = 0;
    int ended_by_ = 0;
    bool cancelled_ = false;
    std::vector<int> to_pass_on_;
    std::optional<Clock::time_point> pass_on_at_;
};

/// What a for-each cannot have yet, or nothing.
std::string refused_option(const RunOptions& options) {
    const std::pair<const char*, const std::string&> files[] = {{"--html", options.html},
                                                                {"--events", options.events},
                                                                {"--trace", options.trace},
                                                                {"--record", options.record}};
    for (const auto& [name, file] : files) {
        if (!file.empty()) {
            return std::string("'") + name +
                   "' is of one run; of a [for-each] there are --json, with its items, and "
                   "--joblog";
        }
    }
    return {};
}

}  // namespace

int run_for_each(const RunOptions& options, const Loaded& loaded) {
    if (const std::string refused = refused_option(options); !refused.empty()) {
        return own_error(refused);
    }
    const Items& items = *loaded.items;
    if (items.count() == 0) {
        std::string empty;
        for (std::size_t i = 0; i < items.values.size(); ++i) {
            if (items.values[i].empty()) empty = items.names[i] + ": " + items.sources[i];
        }
        if (!options.quiet) {
            print_error("pipectl: '" + loaded.plan.name + "': nothing to do: " + empty +
                        " gives no value\n");
        }
    }
    return Conductor(options, loaded).run();
}

}  // namespace pipectl
