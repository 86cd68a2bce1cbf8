#pragma once

// How the halves of a ring sleep and wake each other, once the ring has said that there is nothing
// to do. One post or wake for one sleep: whoever clears the flag of a sleeper wakes it, so counts
// do not pile up. A wait may end early; who waits looks again.

#include <ctime>
#include <memory>

#include "stages/ring/ring.hpp"

namespace pipectl::channel {

class RingBells {
  public:
    virtual ~RingBells() = default;

    /// Sleeps while the flag of `side` is set: until wake(), a signal, or the time is over.
    /// Throws SystemError.
    virtual void wait(RingSide side, int timeout_ms) = 0;
    /// Wakes that side. Called by whoever has cleared its flag.
    virtual void wake(RingSide side) noexcept = 0;
};

/// futex(2) on the flag itself.
std::unique_ptr<RingBells> make_futex_bells(RingHeader* header);

/// Counting semaphores in the header, over futex(2).
std::unique_ptr<RingBells> make_semaphore_bells(RingHeader* header);

/// For timed waits of system calls.
timespec to_timespec(int milliseconds);

}  // namespace pipectl::channel
