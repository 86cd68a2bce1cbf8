#include "orchestrator/hosts/pulse.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "stages/base/error.hpp"

namespace pipectl::hosts {

using Clock = std::chrono::steady_clock;

double now_s() {
    return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

Pulse::Pulse(std::vector<Talk*> talks, std::chrono::nanoseconds every)
    : talks_(std::move(talks)), every_(every), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake_) throw SystemError("cannot create an event descriptor", errno);
    for (Talk* talk : talks_) {
        talk->on_waiting([this] { wake(); });
    }
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::jthread([this](const std::stop_token& stop) { beat(stop); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Pulse::~Pulse() {
    thread_.request_stop();
    wake();
    thread_.join();
    for (Talk* talk : talks_) {
        talk->on_waiting({});
    }
}

void Pulse::wake() noexcept {
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
}

void Pulse::beat(const std::stop_token& stop) {
    Clock::time_point next = Clock::now();
    while (!stop.stop_requested()) {
        if (Clock::now() >= next) {
            for (Talk* talk : talks_) {
                talk->send(message::Beat{now_s(), -1});
            }
            next = Clock::now() + every_;
        }
        std::vector<pollfd> polled{{wake_.get(), POLLIN, 0}};
        for (Talk* talk : talks_) {
            if (talk->has_waiting()) polled.push_back({talk->out(), POLLOUT, 0});
        }
        using Milliseconds = std::chrono::milliseconds;
        const auto left = std::chrono::ceil<Milliseconds>(next - Clock::now());
        ::poll(polled.data(), polled.size(), static_cast<int>(std::max<long>(0, left.count())));
        std::uint64_t woken = 0;
        (void)!::read(wake_.get(), &woken, sizeof woken);
        for (Talk* talk : talks_) {
            (void)talk->flush();
        }
    }
}

}  // namespace pipectl::hosts
