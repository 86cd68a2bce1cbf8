#pragma once

// For what must be looked at soon but not at every message: a queue takes messages with no reader
// in sight, and asking the kernel each time whether there is one costs as much as a short message.

#include <cstdint>
#include <ctime>

namespace pipectl::channel {

class NowAndThen {
  public:
    /// True at the first call, and when some milliseconds have gone by since the last true one.
    bool due() {
        timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);  // no system call; clock_gettime(2)
        const std::int64_t ms = now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
        if (ms < next_) return false;
        next_ = ms + kPeriodMs;
        return true;
    }

  private:
    static constexpr std::int64_t kPeriodMs = 8;
    std::int64_t next_ = 0;
};

}  // namespace pipectl::channel
