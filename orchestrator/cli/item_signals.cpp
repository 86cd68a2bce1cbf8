#include "orchestrator/cli/item_signals.hpp"

#include <poll.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "stages/base/error.hpp"
#include "stages/base/signals.hpp"

namespace pipectl {

namespace {

/// A signal to the whole group is with the items by then.
constexpr std::chrono::milliseconds kGroupPatience{20};

/// The signals that are not left to what they do by default.
constexpr std::array kTakenSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGTSTP, SIGCONT};

}  // namespace

void ItemSignals::take_over() {
    sigset_t set = signal_set({});
    for (const int number : kTakenSignals) {
        struct sigaction action {};
        const bool ignored =
            ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
        if (!ignored) sigaddset(&set, number);
    }
    ::sigprocmask(SIG_BLOCK, &set, &before_);
    signals_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_) throw SystemError("cannot watch for signals", errno);
    ::signal(SIGPIPE, SIG_IGN);
    // a caller that ignores SIGCHLD would take the children's statuses from us; wait(2)
    ::signal(SIGCHLD, SIG_DFL);
}

void ItemSignals::note(int number, bool of_group) {
    const bool ends = std::ranges::find(kEndingSignals, number) != kEndingSignals.end();
    if (ends && ended_by_ == 0) ended_by_ = number;
    if (of_group) return;
    to_pass_on_.push_back(number);
    pass_on_at_ = std::chrono::steady_clock::now() + kGroupPatience;
}

void ItemSignals::raise(int number) {
    note(number, false);
}

void ItemSignals::take(const std::function<void()>& about_to_stop) {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
        const int number = static_cast<int>(info.ssi_signo);
        // what the kernel sends, for a terminal, the items have got
        note(number, info.ssi_code == SI_KERNEL);
        if (number != SIGTSTP) continue;
        about_to_stop();
        stop();
    }
}

/// As the items do, and go on with them.
void ItemSignals::stop() {
    if (pass_on_at_) {
        ::poll(nullptr, 0, static_cast<int>(kGroupPatience.count()));
        pass_on_at_ = std::chrono::steady_clock::now();
        pass_on_when_due();
    }
    ::signal(SIGTSTP, SIG_DFL);
    ::raise(SIGTSTP);
    const sigset_t set = signal_set({SIGTSTP});
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

void ItemSignals::pass_on_when_due() {
    if (!pass_on_at_ || std::chrono::steady_clock::now() < *pass_on_at_) return;
    pass_on_at_.reset();
    for (const int number : std::exchange(to_pass_on_, {})) {
        pass_on_(number);
    }
}

}  // namespace pipectl
