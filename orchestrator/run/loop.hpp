#pragma once

// Waits for what can happen to a run: signals, descriptors that become readable, a point in time.
//
// One poll(2) over a handful of descriptors, level-triggered: what was not taken is told again. No
// bytes of an edge flow through it, and no flag of a descriptor is changed. Callbacks must not
// throw; they may add and remove watches.

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <list>
#include <optional>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl {

/// One signal as signalfd(2) reports it.
struct SignalInfo {
    int number = 0;
    int code = 0;      ///< si_code: SI_KERNEL for the terminal's, SI_USER for kill(2)
    pid_t sender = 0;  ///< si_pid; 0 for the kernel's
};

class Loop {
  public:
    using Time = std::chrono::steady_clock::time_point;

    /// Delivers these signals, which the caller has blocked, to `callback`. Throws SystemError.
    void on_signals(const std::vector<int>& signals,
                    std::function<void(const SignalInfo&)> callback);

    /// Delivers at once what is pending of the signals, in the order of their numbers.
    void drain_signals();

    /// Calls `callback` whenever `fd` is readable or hung up, until it returns false. `fd` is
    /// borrowed and must stay open until then.
    void on_readable(int fd, std::function<bool()> callback);

    /// Waits until something happens or `until` has come (never: nothing given) and calls the
    /// callbacks of what has happened. A time that has passed: looks, without waiting.
    void wait(std::optional<Time> until);

  private:
    struct Watch {
        int fd;
        std::function<bool()> callback;
        bool over = false;
    };

    Fd signals_;
    std::function<void(const SignalInfo&)> on_signal_;
    std::list<Watch> watches_;
};

}  // namespace pipectl
