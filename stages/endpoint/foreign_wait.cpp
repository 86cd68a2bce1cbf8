// Where a process that moves foreign messages may be ended, and nowhere else.

#include <poll.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "stages/base/die_of.hpp"
#include "stages/base/error.hpp"
#include "stages/base/signals.hpp"
#include "stages/base/text.hpp"
#include "stages/endpoint/foreign.hpp"

namespace pipectl::helper {

namespace {

volatile std::sig_atomic_t ending_signal;

void on_ending_signal(int signal) {
    ending_signal = signal;
}

}  // namespace

struct ForeignWait::State {
    sigset_t before{};  ///< what was blocked: in wait() it is again
};

ForeignWait::ForeignWait() : state_(std::make_unique<State>()) {
    const sigset_t ending = signal_set(kEndingSignals);
    ::sigprocmask(SIG_BLOCK, &ending, &state_->before);
    for (const int signal : kEndingSignals) {
        struct sigaction action {};
        ::sigaction(signal, nullptr, &action);
        if (action.sa_handler == SIG_IGN) continue;  // nohup(1)
        action = {};
        action.sa_handler = on_ending_signal;
        ::sigaction(signal, &action, nullptr);
    }
}

ForeignWait::~ForeignWait() = default;

void ForeignWait::wait(std::span<pollfd> entries, int timeout_ms) const {
    constexpr long kNsPerMs = 1'000'000;
    const timespec time{timeout_ms / 1000, timeout_ms % 1000 * kNsPerMs};
    for (pollfd& entry : entries) {
        entry.revents = 0;
    }
    const int ready =
        ::ppoll(entries.data(), entries.size(), timeout_ms < 0 ? nullptr : &time, &state_->before);
    const int error = errno;
    // which lets no signal through when a descriptor was ready; ppoll(2)
    constexpr timespec kNoTime{0, 0};
    if (ready > 0) ::ppoll(nullptr, 0, &kNoTime, &state_->before);
    if (ending_signal != 0) throw Stopped{ending_signal};
    if (ready < 0 && error != EINTR) throw SystemError("cannot wait for descriptors", error);
}

void ForeignWait::end_by(int signal) {
    die_of(signal);
}

void tell_user(const std::string& text) {
    const std::string line = "pipectl: " + one_line(text) + "\n";
    std::fputs(line.c_str(), stderr);
}

}  // namespace pipectl::helper
