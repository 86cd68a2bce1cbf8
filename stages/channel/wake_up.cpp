#include "stages/channel/wake_up.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "stages/base/error.hpp"
#include "stages/base/signals.hpp"

// glibc has the field and no name for it; sigevent(3type)
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace pipectl::channel {

namespace {

constexpr int kSignalAboveMin = 6;  // the helpers use SIGRTMIN itself
constexpr long kPeriodMs = 100;     // well below Line::kPatienceMs

}  // namespace

WakeUp::WakeUp() {
    const int number = SIGRTMIN + kSignalAboveMin;
    struct sigaction action {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_RESTART;  // for all other calls of the program
    ::sigaction(number, &action, nullptr);
    const sigset_t set = signal_set({number});
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);

    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = number;
    event.sigev_value.sival_ptr = this;
    event.sigev_notify_thread_id = static_cast<pid_t>(::syscall(SYS_gettid));
    if (::timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) {
        throw SystemError("cannot create a timer", errno);
    }
}

WakeUp::~WakeUp() {
    ::timer_delete(timer_);
}

void WakeUp::begin() {
    waiting_ = 1;
    // a signal in between sees that a call is about to wait, and lets the timer go on
    if (armed_ == 0) {
        armed_ = 1;
        const timespec period{0, kPeriodMs * 1'000'000L};
        const itimerspec periodic{period, period};
        ::timer_settime(timer_, 0, &periodic, nullptr);
    }
}

void WakeUp::on_signal(int /*signal*/, siginfo_t* info, void* /*context*/) {
    const int saved = errno;
    auto* const self = static_cast<WakeUp*>(info->si_value.sival_ptr);
    if (info->si_code == SI_TIMER && self->waiting_ == 0) {
        self->armed_ = 0;
        const itimerspec never{};
        ::timer_settime(self->timer_, 0, &never, nullptr);
    }
    errno = saved;
}

}  // namespace pipectl::channel
