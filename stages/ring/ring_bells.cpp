#include "stages/ring/ring_bells.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>

#include "stages/base/error.hpp"

namespace pipectl::channel {

namespace {

constexpr int kThousand = 1000;
constexpr long kNanosecondsInMs = 1'000'000;

/// Sleeps while the word has this value; futex(2). It is shared between processes, so without
/// FUTEX_PRIVATE_FLAG.
void sleep_on(std::atomic<std::uint32_t>& word, std::uint32_t value, int timeout_ms) {
    const timespec time = to_timespec(timeout_ms);
    if (::syscall(SYS_futex, &word, FUTEX_WAIT, value, &time, nullptr, 0) != 0 && errno != EAGAIN &&
        errno != EINTR && errno != ETIMEDOUT) {
        throw SystemError("cannot wait on a futex", errno);
    }
}

void wake_all(std::atomic<std::uint32_t>& word) noexcept {
    ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

class FutexBells : public RingBells {
  public:
    explicit FutexBells(RingHeader* header) : header_(header) {}

    void wait(RingSide side, int timeout_ms) override {
        sleep_on(header_->bell(side).asleep, 1, timeout_ms);
    }

    void wake(RingSide side) noexcept override { wake_all(header_->bell(side).asleep); }

  private:
    RingHeader* header_;
};

/// P and V on a count in the header. Whatever the peer makes of it, a wait ends early or at its
/// time.
class SemaphoreBells : public RingBells {
  public:
    explicit SemaphoreBells(RingHeader* header) : header_(header) {}

    void wait(RingSide side, int timeout_ms) override {
        std::atomic<std::uint32_t>& units = header_->bell(side).units;
        sleep_on(units, 0, timeout_ms);
        // only this side takes any
        if (std::uint32_t there = units.load(); there > 0) {
            units.compare_exchange_strong(there, there - 1);
        }
    }

    void wake(RingSide side) noexcept override {
        header_->bell(side).units.fetch_add(1);
        wake_all(header_->bell(side).units);
    }

  private:
    RingHeader* header_;
};

}  // namespace

std::unique_ptr<RingBells> make_futex_bells(RingHeader* header) {
    return std::make_unique<FutexBells>(header);
}

std::unique_ptr<RingBells> make_semaphore_bells(RingHeader* header) {
    return std::make_unique<SemaphoreBells>(header);
}

timespec to_timespec(int milliseconds) {
    return {milliseconds / kThousand, milliseconds % kThousand * kNanosecondsInMs};
}

}  // namespace pipectl::channel
