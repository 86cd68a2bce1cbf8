#include "orchestrator/guard/stand_by.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "orchestrator/process/clone.hpp"
#include "stages/base/signals.hpp"

namespace pipectl {

namespace {

/// Above what the guard uses, so that no number is taken twice.
constexpr int kAside = 10;

/// A leader of a group cannot have a session of its own, setsid(2); it is one when its parent was
/// faster. The group of the session's leader takes it in for a moment, unless that is the front's.
void leave_session() {
    const pid_t leader = ::getsid(0);
    if (::setsid() < 0 && leader != ::getpgid(::getppid()) && ::setpgid(0, leader) == 0) {
        ::setsid();
    }
}

int stand_by(void* argument) {
    const auto& place = *static_cast<const StandBy*>(argument);
    leave_session();
    pollfd watched[2] = {{place.front, POLLIN, 0}, {place.wake, POLLIN, 0}};
    while (::poll(watched, 2, -1) <= 0) {
    }
    if (::unshare(CLONE_FILES) != 0) {
        return 1;
    }
    // one without a handle is watched by the lifeline alone
    const int below = place.supervisor >= 0 ? place.supervisor : place.front;
    const int given[] = {place.lifeline, place.null, place.null, place.front, below};
    int aside[5];
    for (int i = 0; i < 5; ++i) {
        aside[i] = ::fcntl(given[i], F_DUPFD_CLOEXEC, kAside);
    }
    for (int i = 0; i < 5; ++i) {
        if (aside[i] < 0 || ::dup2(aside[i], i) < 0) {
            return 1;
        }
    }
    for (const int number : kEndingSignals) {
        ::signal(number, SIG_IGN);  // the guard does so, too
    }
    const sigset_t none = signal_set({});
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    (void)!::chdir("/");
    ::execve(place.program, place.argv, place.environment);
    return 1;
}

}  // namespace

pid_t start_stand_by(StandBy& place, int& pidfd) noexcept {
    const pid_t pid = clone_sharing_all(&stand_by, &place, pidfd);
    // On a busy machine it may not run before stages do. What kills our group then must not hit it.
    if (pid > 0) ::setpgid(pid, pid);
    return pid;
}

}  // namespace pipectl
