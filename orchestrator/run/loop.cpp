#include "orchestrator/run/loop.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <list>
#include <utility>

#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

using boost::asio::posix::stream_descriptor;

struct Watch {
    stream_descriptor descriptor;
    std::function<bool()> callback;
};

}  // namespace

struct Loop::Implementation {
    boost::asio::io_context context{1};
    boost::asio::steady_timer timer{context};
    std::optional<std::chrono::steady_clock::time_point> alarm;
    std::list<Watch> watches;
    int signal_fd = -1;  // owned by its watch
    std::function<void(const SignalInfo&)> on_signal;

    void add(Fd fd, std::function<bool()> callback) {
        watches.push_back({stream_descriptor(context, fd.release()), std::move(callback)});
        wait(watches.back());
    }

    void wait(Watch& watch) {
        watch.descriptor.async_wait(
            stream_descriptor::wait_read, [this, &watch](const boost::system::error_code& error) {
                if (error) {
                    return;
                }
                if (watch.callback()) {
                    wait(watch);
                } else {
                    watches.remove_if([&](const Watch& one) { return &one == &watch; });
                }
            });
    }

    void deliver_signals() {
        signalfd_siginfo info{};
        while (::read(signal_fd, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
            on_signal({static_cast<int>(info.ssi_signo), info.ssi_code,
                       static_cast<pid_t>(info.ssi_pid)});
        }
    }
};

Loop::Loop() : implementation_(std::make_unique<Implementation>()) {}

Loop::~Loop() = default;

void Loop::on_signals(const std::vector<int>& signals,
                      std::function<void(const SignalInfo&)> callback) {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : signals) {
        sigaddset(&set, number);
    }
    Fd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd) {
        throw SystemError("cannot create a signal descriptor", errno);
    }
    implementation_->signal_fd = fd.get();
    implementation_->on_signal = std::move(callback);
    implementation_->add(std::move(fd), [this] {
        implementation_->deliver_signals();
        return true;
    });
}

void Loop::drain_signals() {
    implementation_->deliver_signals();
}

void Loop::on_readable(int fd, std::function<bool()> callback) {
    implementation_->add(duplicate(fd), std::move(callback));
}

void Loop::set_alarm(std::optional<std::chrono::steady_clock::time_point> when,
                     std::function<void()> callback) {
    Implementation& self = *implementation_;
    if (self.alarm == when) {
        return;
    }
    self.alarm = when;
    if (!when) {
        self.timer.cancel();
        return;
    }
    self.timer.expires_at(*when);
    self.timer.async_wait(
        [&self, callback = std::move(callback)](const boost::system::error_code& error) {
            if (!error) {
                self.alarm.reset();
                callback();
            }
        });
}

void Loop::run() {
    implementation_->context.restart();
    implementation_->context.run();
}

void Loop::poll() {
    implementation_->context.restart();
    implementation_->context.poll();
}

void Loop::stop() {
    implementation_->context.stop();
}

}  // namespace pipectl
