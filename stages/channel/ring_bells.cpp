#include "stages/channel/ring_bells.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "stages/base/error.hpp"

namespace pipectl::channel {

namespace {

constexpr int kThousand = 1000;
constexpr long kNanosecondsInMs = 1'000'000;
constexpr long kNanosecondsInS = 1'000'000'000;

class FutexBells : public RingBells {
  public:
    explicit FutexBells(RingHeader* header) : header_(header) {}

    void wait(RingSide side, int timeout_ms) override {
        const timespec time = to_timespec(timeout_ms);
        // shared between processes: without FUTEX_PRIVATE_FLAG
        if (::syscall(SYS_futex, &header_->bell(side).asleep, FUTEX_WAIT, 1, &time, nullptr, 0) !=
                0 &&
            errno != EAGAIN && errno != EINTR && errno != ETIMEDOUT) {
            throw SystemError("cannot wait on a futex", errno);
        }
    }

    void wake(RingSide side) noexcept override {
        ::syscall(SYS_futex, &header_->bell(side).asleep, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
    }

  private:
    RingHeader* header_;
};

class SemaphoreBells : public RingBells {
  public:
    explicit SemaphoreBells(RingHeader* header) : header_(header) {}

    void wait(RingSide side, int timeout_ms) override {
        timespec until{};
        const timespec time = to_timespec(timeout_ms);
        // sem_timedwait(3) goes by the clock of the day, which can be set back
        ::clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += time.tv_sec;
        until.tv_nsec += time.tv_nsec;
        if (until.tv_nsec >= kNanosecondsInS) {
            until.tv_nsec -= kNanosecondsInS;
            ++until.tv_sec;
        }
        if (::sem_clockwait(&header_->bell(side).semaphore, CLOCK_MONOTONIC, &until) != 0 &&
            errno != EINTR && errno != ETIMEDOUT) {
            throw SystemError("cannot wait on a semaphore", errno);
        }
    }

    void wake(RingSide side) noexcept override { ::sem_post(&header_->bell(side).semaphore); }

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
