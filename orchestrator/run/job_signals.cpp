#include "orchestrator/run/job_signals.hpp"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "orchestrator/process/descendants.hpp"
#include "orchestrator/run/front.hpp"
#include "orchestrator/run/front_words.hpp"

namespace pipectl {

namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

JobSignals::JobSignals(Loop& loop, int front, const Children& children, RunClock& clock,
                       Hooks hooks)
    : loop_(loop), front_(front), children_(children), clock_(clock), hooks_(std::move(hooks)) {
    loop_.on_signals(
        {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGUSR1, SIGCHLD},
        [this](const SignalInfo& info) { on_signal(info); });
    loop_.on_readable(front_, [this] {
        on_front();
        return true;
    });
}

void JobSignals::on_signal(const SignalInfo& info) {
    const auto now = Clock::now();
    switch (info.number) {
        case SIGCHLD: hooks_.on_child(); return;
        case SIGTTIN:
        case SIGTTOU: clock_.stop(now); return;
        default: break;
    }
    const bool news = relay_.own_copy(info.number, info.code == SI_USER ? info.sender : 0, now);
    if (news || !cancelling_) {
        act_on(info.number, true, info.code != SI_KERNEL && cancels(info.number));
    }
}

void JobSignals::on_front() {
    RelayedSignal signal;
    while (::recv(front_, &signal, sizeof signal, MSG_DONTWAIT) > 0) {
        if (signal.number == RelayedSignal::kAreYouThere) {
            (void)send_word(front_, FrontWord::Kind::here, {});
            continue;
        }
        loop_.drain_signals();
        if (relay_.is_news(signal.number, signal.sender, Clock::now())) {
            act_on(signal.number);
        }
    }
}

void JobSignals::act_on(int signal, bool reached, bool unsure) {
    switch (signal) {
        case SIGUSR1: hooks_.on_status(); break;
        case SIGTSTP:
        case SIGCONT: stop_or_continue(signal, reached); break;
        default:
            clock_.resume(Clock::now());  // the grace period of a stopped run passes too
            hooks_.happened(occurrence::CancelSignal{
                signal, reached ? children_.in_own_group() : std::vector<bool>{}, unsure});
            break;
    }
}

void JobSignals::stop_or_continue(int signal, bool reached) {
    if (signal == SIGTSTP) {
        hooks_.on_stop();
    }
    // As the terminal does it: also for the programs that a stage has started. A stage that went
    // into a group of its own is reached as well.
    signal_descendants(::getpid(), signal, [&](pid_t pid) {
        const bool in_group = ::getpgid(pid) == ::getpgrp();
        return in_group ? !reached : children_.find(pid).has_value();
    });
    if (signal == SIGTSTP) {
        clock_.stop(Clock::now());
    } else {
        clock_.resume(Clock::now());
        hooks_.on_continue();
    }
}

}  // namespace pipectl
