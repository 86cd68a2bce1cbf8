#include "orchestrator/run/launch.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <set>
#include <string_view>
#include <utility>

#include "orchestrator/guard/detached.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "orchestrator/run/inherited.hpp"
#include "orchestrator/run/stage_limits.hpp"
#include "stages/base/error.hpp"
#include "stages/job/protocol.hpp"
#include "stages/objects/spool.hpp"
#include "stages/objects/sysv_object.hpp"

namespace pipectl {

namespace {

Fd open_null() {
    Fd null = open_null_device();
    if (!null) {
        throw SystemError("cannot open '/dev/null'", errno);
    }
    return null;
}

/// A text as a readable file without a name; memfd_create(2).
Fd open_text(const std::string& text) {
    Fd file(::memfd_create("pipectl.text", MFD_CLOEXEC));
    if (!file) {
        throw SystemError("cannot create a file in memory", errno);
    }
    if (const int error = write_all(file.get(), text); error != 0) {
        throw SystemError("cannot write a file in memory", error);
    }
    // The stage gets a description that it cannot write to, at offset 0.
    const std::string path = "/proc/self/fd/" + std::to_string(file.get());
    Fd reader(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!reader) {
        throw SystemError("cannot open a file in memory", errno);
    }
    return reader;
}

/// What a stage under another identity gets of the caller's environment: where programs are, and
/// how text is written and shown. All else may be secret, or names a place of the caller's own.
bool is_for_every_user(std::string_view name) {
    constexpr std::string_view kNames[] = {"PATH",     "TERM", "COLORTERM", "NO_COLOR",
                                           "LANGUAGE", "LANG", "TZ"};
    return std::ranges::find(kNames, name) != std::end(kNames) || name.starts_with("LC_");
}

/// A program opens its ports by /dev/fd/N, and then the object's mode counts; proc_pid_fd(5). One
/// without a name is reached by nobody but those who have it, so its mode need not tell users
/// apart.
void let_every_user_open(int fd) {
    struct stat info {};
    struct statfs place {};
    if (::fstat(fd, &info) != 0 || info.st_uid != ::geteuid()) return;
    const bool nameless =
        info.st_nlink == 0 || (::fstatfs(fd, &place) == 0 && place.f_type == PIPEFS_MAGIC);
    if (nameless && (S_ISFIFO(info.st_mode) || S_ISREG(info.st_mode))) {
        constexpr mode_t kAll = 0666;
        ::fchmod(fd, kAll);
    }
}

bool is_end_of_link(Descriptor::What what) {
    return what == Descriptor::What::link_writer || what == Descriptor::What::link_reader;
}

/// What the process before has set on the description that both share: fcntl(2).
void reset_flags(int fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags >= 0 && (flags & (O_NONBLOCK | O_ASYNC)) != 0) {
        ::fcntl(fd, F_SETFL, flags & ~(O_NONBLOCK | O_ASYNC));
    }
}

bool is_regular(int fd) {
    struct stat info {};
    return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

/// Our own environment without what is replaced, or is for other users alone.
std::vector<std::string> inherited_environment(
    const std::vector<std::pair<std::string, std::string>>& given, bool for_other_user) {
    // what is said of descriptors is true of one process only
    std::set<std::string_view> replaced{"PIPECTL_RUN", "PIPECTL_TICKETS", "PIPECTL_COUNTS",
                                        kDetachVariable};
    for (const auto& [name, value] : given) {
        replaced.insert(name);
    }
    std::vector<std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::string_view name = text.substr(0, text.find('='));
        if (!replaced.contains(name) && (!for_other_user || is_for_every_user(name))) {
            environment.emplace_back(text);
        }
    }
    return environment;
}

/// A helper that is started with these words in the program's place, and gets that behind them.
void stand_in(std::vector<std::string> words, SpawnRequest& request) {
    words.emplace_back("--");
    words.push_back(request.program);
    words.insert(words.end(), request.argv.begin(), request.argv.end());
    request.argv = std::move(words);
    request.program = find_helper(own_environment());
}

}  // namespace

std::optional<unsigned long> raise_open_files() {
    static std::optional<unsigned long> before;  // a later attempt finds what the first has raised
    rlimit limit{};
    if (before || ::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) {
        return before;
    }
    before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    return before;
}

Launcher::Launcher(const Plan& plan, const Preflight& preflight, OutputSet& outputs, LinkSet& links,
                   const SharedRegions& regions, channel::PrivateFolder& folder, std::string run_id,
                   int report, int recording, Taps& taps, const StageStderr& stages)
    : plan_(plan),
      regions_(regions),
      preflight_(preflight),
      outputs_(outputs),
      links_(links),
      folder_(folder),
      run_id_(std::move(run_id)),
      report_(report),
      recording_(recording),
      taps_(taps),
      stages_(stages),
      open_files_(raise_open_files()),
      handled_signals_(handled_signals()),
      starts_(plan.processes.size()) {}

void Launcher::set_environment(const std::vector<std::pair<std::string, std::string>>& own,
                               bool detach, const UserLookup* user, SpawnRequest& request) {
    std::vector<std::pair<std::string, std::string>> given;
    if (user != nullptr) {
        given = {{"HOME", user->home},
                 {"USER", user->name},
                 {"LOGNAME", user->name},
                 {"SHELL", user->shell.empty() ? "/bin/sh" : user->shell}};
    }
    given.insert(given.end(), own.begin(), own.end());
    if (given.empty()) {
        if (common_environment_.empty()) common_environment_ = inherited_environment({}, false);
        request.common_environment = &common_environment_;
    } else {
        request.environment = inherited_environment(given, user != nullptr);
    }
    std::set<std::string_view> done;
    for (auto entry = given.rbegin(); entry != given.rend(); ++entry) {
        if (done.insert(entry->first).second) {  // the last one wins
            request.environment.push_back(entry->first + "=" + entry->second);
        }
    }
    request.environment.push_back("PIPECTL_RUN=" + run_id_);
    if (detach) request.environment.push_back(kDetachVariable + ("=" + detach_key()));
}

int Launcher::descriptor_for(int process, const Descriptor& descriptor, std::vector<Fd>& owned) {
    const std::size_t index = descriptor.index;
    switch (descriptor.what) {
        case Descriptor::What::link_writer:
        case Descriptor::What::link_reader:
        case Descriptor::What::link_finish:
            if (starts_[process] > 0) reset_flags(links_.end_for(descriptor));
            return links_.end_for(descriptor);
        case Descriptor::What::inherited:
            if (const int writer = stages_.writer_for(process);
                writer >= 0 && descriptor.index == STDERR_FILENO) {
                return writer;
            }
            owned.push_back(inherited_descriptor(descriptor.index));
            return owned.back().get();
        case Descriptor::What::null: owned.push_back(open_null()); return owned.back().get();
        case Descriptor::What::text:
            owned.push_back(open_text(plan_.texts[index]));
            return owned.back().get();
        case Descriptor::What::input_file:
            if (starts_[process] > 0 && is_regular(input_file(descriptor.index))) {
                owned.push_back(channel::open_again(input_file(descriptor.index), O_RDONLY));
                return owned.back().get();
            }
            return input_file(descriptor.index);
        case Descriptor::What::stream_file: return preflight_.streams[index].get();
        case Descriptor::What::spool_writer:
            owned.push_back(
                channel::open_again(spool(descriptor.index).get(), O_WRONLY | O_APPEND));
            return owned.back().get();
        case Descriptor::What::spool_reader:
            owned.push_back(channel::open_again(spool(descriptor.index).get(), O_RDONLY));
            return owned.back().get();
        case Descriptor::What::output_file: return outputs_.descriptor(index);
        case Descriptor::What::recording: return recording_;
        case Descriptor::What::tap: return taps_.memory_for(descriptor.index);
        case Descriptor::What::report: return report_;
        case Descriptor::What::same_as: break;
    }
    return -1;
}

int Launcher::input_file(int index) const {
    const auto late = late_inputs_.find(index);
    return late == late_inputs_.end() ? preflight_.inputs[index].get() : late->second.get();
}

const Fd& Launcher::spool(int index) {
    if (spools_.empty()) spools_.resize(static_cast<std::size_t>(plan_.spools));
    Fd& file = spools_[index];
    if (!file) file = channel::open_nameless(channel::spool_folder(), O_RDWR);
    return file;
}

void Launcher::found_late(int process, LateLook look) {
    late_programs_[process] = std::move(look.program);
    for (auto& [index, file] : look.inputs) {
        late_inputs_[index] = std::move(file);
    }
}

void Launcher::make_limited_links() {
    for (const Process& process : plan_.processes) {
        if (process.argv.empty()) continue;  // another host's
        for (const Descriptor& descriptor : process.descriptors) {
            if (descriptor.what == Descriptor::What::link_writer &&
                plan_.links[descriptor.index].kind->limited) {
                (void)links_.end_for(descriptor);
            }
        }
    }
}

void Launcher::open_semaphores() {
    std::vector<int> of_run;
    for (const SemaphorePlan& each : plan_.semaphores) {
        if (!each.of_user) {
            semaphores_.push_back({-1, static_cast<int>(of_run.size()), 1});
            of_run.push_back(each.count);
            continue;
        }
        const auto key = each.key ? std::optional(static_cast<key_t>(*each.key)) : std::nullopt;
        semaphores_.push_back({channel::open_user_semaphore({each.name, key, each.count}), 0, 1});
    }
    if (of_run.empty()) return;
    (void)folder_.path();  // what lists them is there first: nothing else tells whose they are
    const int set = channel::make_semaphores(of_run.size());
    folder_.will_create(channel::sysv_name(channel::SysvKind::semaphores, set));
    channel::set_semaphores(set, of_run);
    for (channel::Units& each : semaphores_) {
        if (each.set < 0) each.set = set;
    }
}

void Launcher::let_hold(int index, SpawnRequest& request) {
    const Process& process = plan_.processes[index];
    if (request.uid && *request.uid != ::geteuid() && !process.needs.empty()) {
        throw channel::SemaphoreError("stage '" + process.name +
                                      "' runs as another user, who cannot take units of "
                                      "semaphores that are this user's alone");
    }
    int tell = 3;
    for (const auto& [number, here] : request.descriptors) {
        tell = std::max(tell, number + 1);
    }
    request.descriptors.emplace_back(tell, report_);
    std::vector<std::string> words = {kHelperProgram, "hold", "--tell", std::to_string(tell)};
    for (const UnitsNeeded& need : process.needs) {
        const channel::Units& unit = semaphores_[need.semaphore];
        words.emplace_back("--units");
        words.push_back(std::to_string(unit.set) + ":" + std::to_string(unit.number) + ":" +
                        std::to_string(need.count));
    }
    if (const auto& lock = process.lock) {
        words.emplace_back(lock->shared ? "--lock-shared" : "--lock");
        words.push_back(std::filesystem::absolute(lock->path).string());
        if (lock->wait) {
            words.emplace_back("--lock-wait");
            words.push_back(std::to_string(lock->wait->count()));
        }
    }
    stand_in(std::move(words), request);
}

/// The helper that starts the replicas stands in for the stage's program, which it gets.
void Launcher::let_replicate(int index, SpawnRequest& request) {
    const Process& process = plan_.processes[index];
    const HelperCounts& counts = links_.helper_counts();
    std::vector<std::string> words = {kHelperProgram, "replicas"};
    const auto option = [&words](const char* name, std::string value) {
        words.emplace_back(name);
        words.push_back(std::move(value));
    };
    option("--count", std::to_string(counts.replicas_of(index)));
    option("--block", std::to_string(process.replicas->block));
    if (!process.replicas->in_order) words.emplace_back("--any");
    std::string ok;
    for (const int status : process.replicas->ok) {
        ok += (ok.empty() ? "" : ",") + std::to_string(status);
    }
    option("--ok", process.replicas->any_ok ? "any" : ok);
    option("--cancel", std::to_string(process.cancel()));
    option("--grace", std::to_string(plan_.grace.count()));
    if (process.joins_stderr()) words.emplace_back("--join");
    option("--counts", std::to_string(counts.replica_index(index)));
    for (const RegionWord& each : regions_.replica_numbers_of(process)) {
        const std::string text = each.word < 0 ? each.variable : std::to_string(each.word);
        option(each.word < 0 ? "--number-in" : "--number", text + ":" + std::to_string(each.at));
    }
    for (const std::string& name : process.replicas->variables) {
        option("--variable", name);
    }
    stand_in(std::move(words), request);
}

/// So does the helper that gives it a pseudo-terminal.
void Launcher::let_see_terminal(int index, SpawnRequest& request) {
    std::vector<std::string> words = {kHelperProgram, "tty"};
    if (plan_.processes[index].joins_stderr()) words.emplace_back("--join");
    words.emplace_back("--counts");
    words.push_back(std::to_string(links_.helper_counts().terminal_index(index)));
    stand_in(std::move(words), request);
}

SpawnResult Launcher::start(int index) {
    if (std::exchange(first_start_, false)) {
        open_semaphores();
        make_limited_links();
    }
    const Process& process = plan_.processes[index];
    const auto& user = preflight_.users[index];

    SpawnRequest request;
    const auto late = late_programs_.find(index);
    request.program = late == late_programs_.end() ? preflight_.programs[index] : late->second;
    request.argv = process.argv;
    const bool is_other = user && user->uid != ::geteuid();
    auto own_env = process.env;
    if (process.role == Role::stage) regions_.name_in(process, request.argv, own_env);
    set_environment(own_env, process.detach, is_other ? &*user : nullptr, request);
    request.cwd = process.cwd;
    request.umask = process.umask;
    request.nice = process.nice;
    if (user) {
        request.uid = user->uid;
        request.gid = user->gid;
        request.groups = user->groups;
    }
    request.ignored_signals = process.ignored_signals;
    request.default_signals = process.default_signals;
    request.blocked_signals = process.blocked_signals;
    // waits until the helper listens to what the supervisor tells it of readers; see
    // stages/flow/readers.hpp
    if (process.role == Role::helper) request.blocked_signals.push_back(job::reader_gone_signal());
    request.handled_signals = handled_signals_;
    request.parent_death_signal = SIGKILL;
    request.wants_pidfd = false;  // the supervisor alone waits for it
    request.open_files = open_files_;
    request.limits = resource_limits(process.limits);

    std::vector<Fd> owned;
    for (const Descriptor& descriptor : process.descriptors) {
        int here = -1;
        if (descriptor.what == Descriptor::What::same_as) {
            for (const auto& [number, fd] : request.descriptors) {
                if (number == descriptor.index) {
                    here = fd;
                }
            }
        } else {
            here = descriptor_for(index, descriptor, owned);
            const bool is_ours =
                is_end_of_link(descriptor.what) || (here >= 0 && here == stages_.writer_for(index));
            if (is_other && is_ours) let_every_user_open(here);
        }
        if (here >= 0) {  // what pipectl itself was started without stays closed
            request.descriptors.emplace_back(descriptor.number, here);
        }
    }
    if (const int counts = links_.helper_counts().file_for(index); counts >= 0) {
        const int number = 1 + process.descriptors.back().number;
        request.descriptors.emplace_back(number, counts);
        request.environment.push_back(links_.helper_counts().variable_for(index, number));
    }
    if (process.replicas) let_replicate(index, request);
    if (process.terminal) let_see_terminal(index, request);
    if (process.holds()) let_hold(index, request);
    SpawnResult result = spawn(request);
    if (result.process) {
        ++starts_[index];
        if (!process.restart) let_go(index);
    }
    return result;
}

void Launcher::let_go(int index) {
    links_.handed_over(index);
    for (const Descriptor& each : plan_.processes[index].descriptors) {
        if (each.what == Descriptor::What::input_file) late_inputs_.erase(each.index);
        if (each.what == Descriptor::What::spool_reader && !spools_.empty()) {
            spools_[each.index].reset();
        }
    }
}

}  // namespace pipectl
