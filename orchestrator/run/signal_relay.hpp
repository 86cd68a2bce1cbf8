#pragma once

// Tells a signal that reached the whole process group from one that only the front process got.
//
// A terminal's Ctrl-C and kill(2) of a group reach front, supervisor and stages alike; a signal to
// pipectl alone reaches the front, which passes it on. The supervisor is in the group too: when its
// own copy came, the stages have theirs, and the one that the front passes on is the same signal
// again. The other way round, timeout(1) sends to pipectl and then to the group what is meant as
// one signal. Pure: the caller says what time it is.

#include <sys/types.h>

#include <array>
#include <chrono>
#include <csignal>

namespace pipectl {

/// Whether a signal to pipectl cancels its run.
inline bool cancels(int signal) {
    return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

class SignalRelay {
  public:
    using Time = std::chrono::steady_clock::time_point;

    /// The supervisor got this signal itself, by kill(2) of `sender` or (0) from the kernel. False
    /// when the same sender has just sent it to the front alone.
    bool own_copy(int signal, pid_t sender, Time now);

    /// The front passes it on. True when it is news; false when it was in an own copy already.
    bool is_news(int signal, pid_t sender, Time now);

    /// The front has passed on what the last own copy of this signal was, so both have got it.
    [[nodiscard]] bool is_confirmed(int signal) const;

  private:
    struct Seen {
        Time own{};     ///< an own copy that the front has not passed on yet
        Time passed{};  ///< news from the front
        pid_t passed_sender = 0;
        bool confirmed = false;
        bool has_overtaken = false;  ///< one of the opposite kind, which the front passed on late
    };
    std::array<Seen, 65> seen_{};
};

}  // namespace pipectl
