#include "stages/ring/ring_halves.hpp"

#include <sched.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "stages/base/error.hpp"

namespace pipectl::channel {

namespace {

constexpr std::uint32_t kEndsRecord = std::uint32_t{1} << 31;
constexpr std::size_t kLength = sizeof(std::uint32_t);
constexpr std::size_t kLongestPiece = kEndsRecord - 1;
/// Less than it costs to sleep and to be woken.
constexpr std::chrono::microseconds kSpin{20};
constexpr int kLooksBetweenTimes = 16;
/// The first look at the lifeline of who sleeps; then each wait is twice as long as the last one.
/// Peers die most often when somebody has just begun to wait for them.
constexpr int kFirstPatienceMs = 20;

bool has_second_processor() {
    cpu_set_t set;
    return ::sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) > 1;
}

void pause_processor() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

template <class Ready>
bool spin_until(const Ready& is_ready) {
    static const bool worth_it = has_second_processor();
    if (!worth_it) return false;
    const auto until = std::chrono::steady_clock::now() + kSpin;
    do {
        for (int i = 0; i < kLooksBetweenTimes; ++i) {
            if (is_ready()) return true;
            pause_processor();
        }
    } while (std::chrono::steady_clock::now() < until);
    return false;
}

/// Waits until there is something to do for `side`. What a dead peer has left behind counts.
template <class Ready>
void wait_until(OpenRing& ring, Line& line, RingSide side, const Ready& is_ready) {
    if (spin_until(is_ready)) return;
    std::atomic<std::uint32_t>& asleep = ring.memory.view().header->bell(side).asleep;
    for (int patience = kFirstPatienceMs;; patience = std::min(2 * patience, Line::kPatienceMs)) {
        // the flag before the look: who changes the ring looks at the flag afterwards
        asleep.store(1);
        if (is_ready()) break;
        try {
            line.check();
        } catch (const PeerGone&) {
            if (!is_ready()) throw;
            break;
        }
        ring.bells->wait(side, patience);
    }
    asleep.store(0, std::memory_order_relaxed);
}

bool is_asleep(const OpenRing& ring, RingSide side) {
    return ring.memory.view().header->bell(side).asleep.load() != 0;
}

void wake(OpenRing& ring, RingSide side) {
    if (ring.memory.view().header->bell(side).asleep.exchange(0) != 0) ring.bells->wake(side);
}

RingView checked(const OpenRing& ring) {
    const RingView view = ring.memory.view();
    check_ring(view.header, ring.size);
    return view;
}

std::size_t quarter_of(std::size_t size) {
    return size / 4;
}

}  // namespace

RingSender::RingSender(OpenRing ring, Line& line)
    : ring_(std::move(ring)),
      line_(line),
      producer_(checked(ring_), ring_.size),
      head_(ring_.memory.view().header->lines != 0 ? kLength : 0) {}

void RingSender::count_only() {
    ring_.memory.view().header->counted_only.store(1, std::memory_order_relaxed);
    tally_.count_only();
}

std::span<char> RingSender::reserve(std::size_t wanted) {
    wanted = std::clamp<std::size_t>(wanted, 1, kLongestPiece);
    const std::size_t quarter = quarter_of(producer_.size());
    const std::size_t enough = std::min(wanted + head_, quarter);
    std::span<char> room = producer_.room(enough);
    if (room.size() < enough) {
        wait_until(ring_, line_, RingSide::writer, [&] {
            room = producer_.room(quarter);
            return room.size() >= quarter;
        });
    }
    reserved_ = std::min(wanted, room.size() - head_);
    return room.subspan(head_, reserved_);
}

void RingSender::commit(std::size_t size, bool ends_record) {
    if (size == 0 && (!ends_record || head_ == 0)) return;
    if (reserved_ == 0) (void)reserve(1);
    assert(size <= reserved_);
    char* const at = producer_.room(0).data();
    if (head_ > 0) {
        const auto length = static_cast<std::uint32_t>(size) | (ends_record ? kEndsRecord : 0);
        std::memcpy(at, &length, kLength);
    }
    tally_.add(at + head_, size);
    producer_.publish(head_ + size);
    reserved_ = 0;
    if (is_asleep(ring_, RingSide::reader)) wake(ring_, RingSide::reader);
}

void RingSender::finish() {
    producer_.end(tally_.length(), tally_.digest());
    wake(ring_, RingSide::reader);
}

RingReceiver::RingReceiver(OpenRing ring, Line& line)
    : ring_(std::move(ring)),
      line_(line),
      consumer_(checked(ring_), ring_.size),
      lines_(ring_.memory.view().header->lines != 0) {}

Piece RingReceiver::peek() {
    if (left_ == 0 && !ends_record_ && !end_) wait_for_more();
    if (end_) return {.bytes = {}, .end = true};
    return {consumer_.data().subspan(head_, left_), ends_record_, false};
}

/// Until a piece is open, or the end is reached.
void RingReceiver::wait_for_more() {
    std::optional<RingEnd> end;
    const auto is_ready = [&] {
        if (!consumer_.data().empty()) return true;
        end = consumer_.end();
        return end.has_value() || !consumer_.data().empty();
    };
    if (!is_ready()) wait_until(ring_, line_, RingSide::reader, is_ready);
    if (!std::exchange(begun_, true) &&
        ring_.memory.view().header->counted_only.load(std::memory_order_relaxed) != 0) {
        tally_.count_only();
    }
    if (end) {
        check_end(*end);
        end_ = true;
    } else {
        open_piece();
    }
}

void RingReceiver::open_piece() {
    const std::span<const char> data = consumer_.data();
    if (!lines_) {
        // a part at a time, so that a reader that is slow with it gives back room meanwhile
        left_ = std::min(data.size(), quarter_of(consumer_.size()));
        return;
    }
    std::uint32_t head = 0;
    if (data.size() < kLength) throw SystemError("the channel is corrupt", EBADMSG);
    std::memcpy(&head, data.data(), kLength);
    const std::size_t length = head & ~kEndsRecord;
    // a piece is there as a whole, and never without a meaning
    if (length > data.size() - kLength || head == 0) {
        throw SystemError("the channel is corrupt", EBADMSG);
    }
    head_ = kLength;
    left_ = length;
    ends_record_ = (head & kEndsRecord) != 0;
}

void RingReceiver::release(std::size_t size) {
    assert(size <= left_);
    tally_.add(consumer_.data().data() + head_, size);
    left_ -= size;
    if (left_ == 0) ends_record_ = false;
    if (head_ + size == 0) return;
    consumer_.release(head_ + size);
    head_ = 0;
    if (is_asleep(ring_, RingSide::writer) && consumer_.free() >= quarter_of(consumer_.size())) {
        wake(ring_, RingSide::writer);
    }
}

void RingReceiver::check_end(const RingEnd& sent) const {
    if (sent.length != tally_.length() || sent.digest != tally_.digest()) {
        throw SystemError("the channel has lost data: " + std::to_string(sent.length) +
                              " bytes were sent and " + std::to_string(tally_.length()) +
                              " arrived",
                          EBADMSG);
    }
}

}  // namespace pipectl::channel
