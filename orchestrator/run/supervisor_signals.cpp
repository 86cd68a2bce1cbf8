// Signals: those that reach the supervisor as a member of the process group, and those that the
// front passes on.

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <vector>

#include "orchestrator/process/descendants.hpp"
#include "orchestrator/run/front.hpp"
#include "orchestrator/run/supervisor.hpp"

namespace pipectl {

namespace {

using Clock = std::chrono::steady_clock;

bool cancels(int signal) {
    return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

}  // namespace

void Supervisor::on_signal(const SignalInfo& info) {
    const auto now = Clock::now();
    switch (info.number) {
        case SIGCHLD: reap(); return;
        case SIGTTIN:
        case SIGTTOU: deadlines_.stop(now); break;
        default:
            if (!relay_.own_copy(info.number, info.code == SI_USER ? info.sender : 0, now) &&
                director_.cancelling()) {
                break;
            }
            act_on(info.number, true);
            if (info.code != SI_KERNEL && cancels(info.number)) {
                after(plan_.grace / 2, [this, number = info.number] { make_up_for(number); });
            }
    }
    arm();
}

void Supervisor::on_front_byte() {
    RelayedSignal signal;
    for (;;) {
        const ssize_t got = ::recv(front_.socket, &signal, sizeof signal, MSG_DONTWAIT);
        if (got <= 0) {
            break;
        }
        loop_.drain_signals();
        if (relay_.is_news(signal.number, signal.sender, Clock::now())) {
            act_on(signal.number, false);
        }
    }
    arm();
}

void Supervisor::make_up_for(int signal) {
    if (relay_.is_confirmed(signal)) {
        return;  // the front has got it too: it was sent to the group
    }
    for (std::size_t i = 0; i < children_.size(); ++i) {
        send_signal(static_cast<int>(i), signal);
    }
}

void Supervisor::act_on(int signal, bool reached_group) {
    std::vector<bool> reached(children_.size(), false);
    if (reached_group) {
        for (std::size_t i = 0; i < children_.size(); ++i) {
            reached[i] = children_[i].pid > 0 && ::getpgid(children_[i].pid) == ::getpgrp();
        }
    }
    switch (signal) {
        case SIGUSR1:
            look();
            context_.observer.on_status_request();
            break;
        case SIGTSTP:
        case SIGCONT:
            if (signal == SIGTSTP && context_.observer.on_stop) {
                context_.observer.on_stop();
            }
            // As the terminal does it: also for the programs that a stage has started. A stage that
            // went into a group of its own is reached as well.
            signal_descendants(::getpid(), signal, [&](pid_t pid) {
                const bool in_group = ::getpgid(pid) == ::getpgrp();
                return in_group ? !reached_group : by_pid_.contains(pid);
            });
            if (signal == SIGTSTP) {
                deadlines_.stop(Clock::now());
            } else {
                deadlines_.resume(Clock::now());
                meter_.skip_to(Clock::now());
                look_soon();
            }
            break;
        default:
            deadlines_.resume(Clock::now());  // the grace period of a stopped run passes too
            director_.cancelled_by_signal(signal, reached);
            break;
    }
}

}  // namespace pipectl
