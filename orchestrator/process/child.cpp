#include "orchestrator/process/child.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "orchestrator/process/terminal_filter.hpp"
#include "stages/base/script.hpp"

namespace pipectl {

namespace {

// Bare system calls: the wrappers of the C library would signal the parent's other threads
// (setresuid, nptl(7)), and a sanitizer's would record the child's doings as the parent's.
// errno is the parent's variable, which is suspended meanwhile and keeps a copy.
template <class... Arguments>
long call(long number, Arguments... arguments) noexcept {
    return ::syscall(number, arguments...);
}

/// struct sigaction as rt_sigaction(2) has it: the C library's differs in order and mask size.
struct KernelAction {
    void (*handler)(int) = SIG_DFL;
    unsigned long flags = 0;
    void (*restorer)() = nullptr;
    unsigned long mask = 0;
};
constexpr long kMaskSize = sizeof(unsigned long);

bool set_disposition(int signal, void (*handler)(int)) noexcept {
    KernelAction action;
    action.handler = handler;
    return call(SYS_rt_sigaction, signal, &action, nullptr, kMaskSize) == 0;
}

// Handlers go now and not at execve: one that ran after the mask is lifted would run on the
// parent's memory. SIG_IGN is inherited through execve, signal(7), and stays unless named: SIGXFSZ
// is ignored by pipectl for itself.
bool set_signals(const ChildPlan& plan) noexcept {
    if (!plan.knows_handled) {
        for (int signal = 1; signal <= kLastSignal; ++signal) {
            if (has_handler(signal)) {
                set_disposition(signal, SIG_DFL);
            }
        }
    }
    for (std::size_t i = 0; i < plan.handled_count; ++i) {
        set_disposition(plan.handled_signals[i], SIG_DFL);
    }
    bool all_set = set_disposition(SIGPIPE, SIG_DFL) && set_disposition(SIGXFSZ, SIG_DFL);
    for (std::size_t i = 0; i < plan.ignored_count; ++i) {
        all_set = set_disposition(plan.ignored_signals[i], SIG_IGN) && all_set;
    }
    for (std::size_t i = 0; i < plan.default_count; ++i) {
        all_set = set_disposition(plan.default_signals[i], SIG_DFL) && all_set;
    }
    return all_set;
}

// A parent that died before the prctl sends nothing any more: then its place has been taken.
bool set_parent_death_signal(const ChildPlan& plan) noexcept {
    if (plan.parent_death_signal == 0) {
        return true;
    }
    if (call(SYS_prctl, PR_SET_PDEATHSIG, plan.parent_death_signal) != 0) {
        return false;
    }
    if (call(SYS_getppid) != plan.parent) {
        errno = ESRCH;
        return false;
    }
    return true;
}

// The bare getpriority(2) gives 20 - nice, so that it is never negative.
bool add_nice(int increment) noexcept {
    const long present = call(SYS_getpriority, PRIO_PROCESS, 0);
    return present >= 0 && call(SYS_setpriority, PRIO_PROCESS, 0, 20 - present + increment) == 0;
}

// Sources whose number is wanted by another go above every number involved first, so that no
// dup3 can overwrite what a later one needs: any permutation is safe.
bool set_descriptors(const ChildPlan& plan) noexcept {
    for (std::size_t i = 0; i < plan.move_count; ++i) {
        DescriptorMove& move = plan.moves[i];
        move.copy = move.source;
        if (move.in_the_way) {
            move.copy = static_cast<int>(
                call(SYS_fcntl, move.source, F_DUPFD_CLOEXEC, static_cast<long>(plan.above_all)));
            if (move.copy < 0) {
                return false;
            }
        }
    }
    for (std::size_t i = 0; i < plan.move_count; ++i) {
        const DescriptorMove& move = plan.moves[i];
        const long result = move.copy == move.target ? call(SYS_fcntl, move.target, F_SETFD, 0L)
                                                     : call(SYS_dup3, move.copy, move.target, 0);
        if (result < 0) {
            return false;
        }
    }
    return true;
}

// Marks what lies between the wanted numbers instead of closing it: execve closes it in one go, and
// a failed execve has lost nothing.
bool close_others(const ChildPlan& plan) noexcept {
    unsigned first = 0;
    for (std::size_t i = 0; i < plan.move_count; ++i) {
        const auto target = static_cast<unsigned>(plan.moves[i].target);
        if (target > first && call(SYS_close_range, first, target - 1, CLOSE_RANGE_CLOEXEC) != 0) {
            return false;
        }
        first = target + 1;
    }
    return call(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

// In one go: what stays behind is neither copied nor closed; close_range(2).
bool leave_table(const ChildPlan& plan) noexcept {
    return plan.leave_from == 0 || call(SYS_close_range, static_cast<unsigned>(plan.leave_from),
                                        ~0U, CLOSE_RANGE_UNSHARE) == 0;
}

struct KernelLimit {
    unsigned long long soft, hard;
};

bool limit_open_files(unsigned long soft) noexcept {
    KernelLimit limit{};
    if (call(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, &limit) != 0) {
        return false;
    }
    limit.soft = soft < limit.hard ? soft : limit.hard;
    return call(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, nullptr) == 0;
}

// Only ever downward: whoever started pipectl has meant its limits for all of it.
bool limit_resource(const ResourceLimit& wanted) noexcept {
    KernelLimit limit{};
    if (call(SYS_prlimit64, 0, wanted.resource, nullptr, &limit) != 0) {
        return false;
    }
    limit.soft = wanted.soft < limit.soft ? wanted.soft : limit.soft;
    limit.hard = wanted.hard < limit.hard ? wanted.hard : limit.hard;
    return call(SYS_prlimit64, 0, wanted.resource, &limit, nullptr) == 0;
}

int failed(ChildPlan& plan, const char* step) noexcept {
    plan.error = errno;
    plan.failed_step = step;
    return plan.error;
}

bool is_script(const char* path) noexcept {
    const long file = call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0) {
        return true;  // executable and not readable: let the shell say so
    }
    char start[kScriptStart];
    const long length = call(SYS_read, file, start, sizeof start);
    call(SYS_close, file);
    return length <= 0 || looks_like_script({start, static_cast<std::size_t>(length)});
}

}  // namespace

bool has_handler(int signal) noexcept {
    KernelAction action;
    return call(SYS_rt_sigaction, signal, nullptr, &action, kMaskSize) == 0 &&
           action.handler != SIG_DFL && action.handler != SIG_IGN;
}

int set_up_child(ChildPlan& plan) noexcept {
    if (!set_signals(plan)) return failed(plan, "set signals");
    if (!set_parent_death_signal(plan)) return failed(plan, "set the parent-death signal");
    if (plan.cwd != nullptr && call(SYS_chdir, plan.cwd) != 0) return failed(plan, "change folder");
    if (plan.sets_umask) call(SYS_umask, plan.umask);
    if (plan.nice != 0 && !add_nice(plan.nice)) return failed(plan, "set niceness");
    if (plan.filters_terminal && !filter_terminal()) return failed(plan, "guard the terminal");
    if (plan.sets_groups && call(SYS_setgroups, plan.group_count, plan.groups) != 0) {
        return failed(plan, "set groups");
    }
    if (plan.sets_gid && call(SYS_setresgid, plan.gid, plan.gid, plan.gid) != 0) {
        return failed(plan, "set group");
    }
    if (plan.sets_uid && call(SYS_setresuid, plan.uid, plan.uid, plan.uid) != 0) {
        return failed(plan, "set user");
    }
    // a change of user or group has cleared it, PR_SET_PDEATHSIG(2const)
    if ((plan.sets_uid || plan.sets_gid) && !set_parent_death_signal(plan)) {
        return failed(plan, "set the parent-death signal");
    }
    if (!leave_table(plan)) return failed(plan, "set descriptors");
    if (!set_descriptors(plan)) return failed(plan, "set descriptors");
    if (!close_others(plan)) return failed(plan, "close other descriptors");
    // last: a limit below the numbers in use would have refused the descriptors
    if (plan.sets_open_files && !limit_open_files(plan.open_files)) {
        return failed(plan, "limit open files");
    }
    for (std::size_t i = 0; i < plan.limit_count; ++i) {
        if (!limit_resource(plan.limits[i])) return failed(plan, "set limits");
    }
    return 0;
}

int child_main(void* argument) noexcept {
    ChildPlan& plan = *static_cast<ChildPlan*>(argument);
    if (plan.initialise(plan.context) == 0) {
        call(SYS_rt_sigprocmask, SIG_SETMASK, &plan.blocked_signals, nullptr, kMaskSize);
        call(SYS_execve, plan.program, plan.argv, plan.environment);
        int error = errno;
        if (error == ENOEXEC && is_script(plan.program)) {
            call(SYS_execve, "/bin/sh", plan.script_argv, plan.environment);
            error = errno;
        }
        errno = error;
        failed(plan, "execute");
    }
    call(SYS_exit_group, 127);
    return 127;
}

}  // namespace pipectl
