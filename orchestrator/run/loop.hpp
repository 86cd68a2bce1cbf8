#pragma once

// Waits for what can happen to a run: signals, descriptors that become readable, a point in time.
//
// A small face on Boost.Asio, which is included in loop.cpp only. No bytes of an edge flow through
// it, and only descriptors whose open file description is ours alone are handed to it, because asio
// makes them non-blocking for everyone who shares the description. Callbacks must not throw.

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace pipectl {

/// One signal as signalfd(2) reports it.
struct SignalInfo {
    int number = 0;
    int code = 0;      ///< si_code: SI_KERNEL for the terminal's, SI_USER for kill(2)
    pid_t sender = 0;  ///< si_pid; 0 for the kernel's
};

class Loop {
  public:
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Delivers these signals, which the caller has blocked, to `callback`.
    void on_signals(const std::vector<int>& signals,
                    std::function<void(const SignalInfo&)> callback);

    /// Delivers at once what is pending of the signals, in the order of their numbers.
    void drain_signals();

    /// Calls `callback` whenever `fd` is readable or hung up, until it returns false. The loop
    /// makes its own duplicate of `fd`.
    void on_readable(int fd, std::function<bool()> callback);

    /// Calls `callback` once at that time; a later call replaces an earlier one; nothing: no alarm.
    void set_alarm(std::optional<std::chrono::steady_clock::time_point> when,
                   std::function<void()> callback);

    /// Runs callbacks until `stop` is called.
    void run();
    /// Runs the callbacks that are due now, without waiting.
    void poll();
    void stop();

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace pipectl
