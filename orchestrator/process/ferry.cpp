#include "orchestrator/process/ferry.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstddef>

#include "orchestrator/process/surroundings.hpp"

namespace pipectl {

namespace {

/// As many as a stage with a few edges has. Who has more starts the slower way.
constexpr std::size_t kSeats = 12;

/// Numbers in rising order; the first is -1 when none are kept. All refer to the null device.
struct Seats {
    Fd null;
    std::array<int, kSeats> numbers{-1};
} seats;

}  // namespace

void keep_low_numbers() noexcept {
    if (seats.null) return;
    Fd null = open_null_device();
    if (!null) return;
    std::array<Fd, kSeats> taken;
    for (Fd& each : taken) {
        each.reset(::fcntl(null.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
        if (!each) return;
    }
    for (std::size_t i = 0; i < kSeats; ++i) {
        seats.numbers[i] = taken[i].release();
    }
    seats.null = std::move(null);
}

Ferry::Ferry(const Pairs& descriptors) : pairs_(descriptors) {
    if (!seats.null || descriptors.size() > kSeats) return;
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
        // a source that is not open is for the child to fail by
        if (::dup3(pairs_[i].second, seats.numbers[i], O_CLOEXEC) < 0) {
            pairs_ = descriptors;
            return;
        }
    }
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
        pairs_[i].second = seats.numbers[i];
    }
    leave_from_ = seats.numbers.back() + 1;
}

/// A pipe's end that was left there would hold back the end of data.
Ferry::~Ferry() {
    for (std::size_t i = 0; seats.null && i < pairs_.size() && i < kSeats; ++i) {
        ::dup3(seats.null.get(), seats.numbers[i], O_CLOEXEC);
    }
}

}  // namespace pipectl
