#include "orchestrator/run/loop.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include "stages/base/error.hpp"
#include "stages/base/signals.hpp"

namespace pipectl {

namespace {

/// ppoll(2) wants the time that is left.
std::optional<timespec> time_left(std::optional<Loop::Time> until) {
    using namespace std::chrono;
    if (!until) return std::nullopt;
    const auto left = std::max<nanoseconds>(*until - steady_clock::now(), nanoseconds(0));
    return timespec{static_cast<time_t>(left / seconds(1)),
                    static_cast<long>((left % seconds(1)).count())};
}

}  // namespace

void Loop::on_signals(const std::vector<int>& signals,
                      std::function<void(const SignalInfo&)> callback) {
    const sigset_t set = signal_set(signals);
    signals_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_) {
        throw SystemError("cannot create a signal descriptor", errno);
    }
    on_signal_ = std::move(callback);
    on_readable(signals_.get(), [this] {
        drain_signals();
        return true;
    });
}

void Loop::drain_signals() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
        on_signal_(
            {static_cast<int>(info.ssi_signo), info.ssi_code, static_cast<pid_t>(info.ssi_pid)});
    }
}

void Loop::on_readable(int fd, std::function<bool()> callback) {
    watches_.push_back({fd, std::move(callback)});
}

void Loop::wait(std::optional<Time> until) {
    std::vector<pollfd> ready;
    std::vector<Watch*> of;  // a list keeps its entries in place while callbacks add some
    for (Watch& watch : watches_) {
        ready.push_back({watch.fd, POLLIN, 0});
        of.push_back(&watch);
    }
    const std::optional<timespec> left = time_left(until);
    if (::ppoll(ready.data(), ready.size(), left ? &*left : nullptr, nullptr) <= 0) {
        return;
    }
    for (std::size_t i = 0; i < ready.size(); ++i) {
        if (ready[i].revents != 0) {
            of[i]->over = !of[i]->callback();
        }
    }
    watches_.remove_if([](const Watch& watch) { return watch.over; });
}

}  // namespace pipectl
