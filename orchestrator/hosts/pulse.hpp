#pragma once

// The beat of a host's pipectl: tells the other side a few times in each lease that it lives, from
// a thread that waits for nothing else, so that a hanging file system loses no healthy host. The
// thread also sends on what the other side had no room for.

#include <chrono>
#include <stop_token>
#include <thread>
#include <vector>

#include "orchestrator/hosts/talk.hpp"
#include "stages/base/fd.hpp"

namespace pipectl::hosts {

class Pulse {
  public:
    /// To be made in the process that beats, after its last fork. `talks` must outlive it; all
    /// signals are left to the caller's thread. Throws SystemError.
    Pulse(std::vector<Talk*> talks, std::chrono::nanoseconds every);
    ~Pulse();
    Pulse(const Pulse&) = delete;
    Pulse& operator=(const Pulse&) = delete;

    /// There is something to send on.
    void wake() noexcept;

  private:
    void beat(const std::stop_token& stop);

    std::vector<Talk*> talks_;
    std::chrono::nanoseconds every_;
    Fd wake_;
    std::jthread thread_;
};

/// Of this machine's monotonic clock.
double now_s();

}  // namespace pipectl::hosts
