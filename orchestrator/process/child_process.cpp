#include "orchestrator/process/child_process.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <string>
#include <utility>

#include "stages/base/error.hpp"
#include "stages/base/own_status.hpp"
#include "stages/base/pidfd.hpp"

namespace pipectl {

namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

ResourceUse use_from(const rusage& usage) {
    return {seconds(usage.ru_utime), seconds(usage.ru_stime), usage.ru_maxrss * 1024,
            usage.ru_nvcsw, usage.ru_nivcsw};
}

int status_of(const std::function<int()>& body) {
    try {
        return body();
    } catch (const std::exception& error) {
        (void)write_all(STDERR_FILENO, std::string("pipectl: ") + error.what() + "\n");
        return kOwnErrorStatus;
    }
}

}  // namespace

std::optional<ExitStatus> ChildProcess::wait() noexcept {
    const pid_t waited = std::exchange(pid, -1);
    pidfd.reset();
    if (waited <= 0) {
        return std::nullopt;
    }
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(waited, &status, 0)) < 0 && errno == EINTR) {
    }
    return ended == waited ? std::optional(ExitStatus::from_wait(status)) : std::nullopt;
}

void ChildProcess::end() noexcept {
    if (*this) {
        // A pid is surely its own only until it was waited for, which reapers of orphans do as
        // well.
        signal_process(pidfd.get(), SIGKILL);
        wait();
    }
}

ChildProcess fork_child(const std::function<int()>& body) {
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) throw SystemError("cannot start a process", errno);
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(kOwnErrorStatus);
        ::_exit(status_of(body));
    }
    ChildProcess child{pid, open_pidfd(pid)};
    if (!child.pidfd) {
        const int error = errno;
        ::kill(pid, SIGKILL);
        child.wait();
        throw SystemError("cannot watch a process", error);
    }
    return child;
}

std::optional<EndedChild> try_reap(pid_t pid) noexcept {
    rusage usage{};
    int status = 0;
    if (::wait4(pid, &status, WNOHANG, &usage) != pid) {
        return std::nullopt;
    }
    return EndedChild{ExitStatus::from_wait(status), use_from(usage)};
}

std::optional<siginfo_t> find_ended_child() noexcept {
    siginfo_t info{};
    const bool found =
        ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid > 0;
    return found ? std::optional(info) : std::nullopt;
}

bool has_children() noexcept {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

}  // namespace pipectl
