#include "orchestrator/process/interrupts.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

#include "stages/base/error.hpp"
#include "stages/base/signals.hpp"

namespace pipectl {

Interrupts::Interrupts() {
    sigset_t set = signal_set({});
    for (const int number : kEndingSignals) {
        struct sigaction action {};
        // a blocked signal is queued even when it is ignored, as nohup(1) has SIGHUP
        const bool ignored =
            ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
        if (!ignored) sigaddset(&set, number);
    }
    ::sigprocmask(SIG_BLOCK, &set, &before_);
    fd_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_) throw SystemError("cannot watch for signals", errno);
}

Interrupts::~Interrupts() {
    restore_mask();
}

int Interrupts::take() {
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return 0;
    const int number = static_cast<int>(info.ssi_signo);
    if (first_ == 0) first_ = number;
    return number;
}

void Interrupts::restore_mask() const {
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace pipectl
