#include "stages/ring/ring.hpp"

#include <bit>
#include <cassert>
#include <cerrno>
#include <new>

#include "stages/base/error.hpp"

namespace pipectl::channel {

namespace {

constexpr std::uint64_t kRingMagic = 0x31676e6972746370;  // "pctring1"
constexpr std::uint32_t kVersion = 1;

[[noreturn]] void fail_corrupt() {
    throw SystemError("the channel is corrupt", EBADMSG);
}

/// Bytes between two indices, which wrap together.
std::size_t bounded(std::uint64_t written, std::uint64_t taken, std::uint64_t size) {
    const std::uint64_t used = written - taken;
    if (used > size) fail_corrupt();
    return used;
}

}  // namespace

void format_ring(RingHeader* header, std::uint64_t size, bool lines) {
    assert(std::has_single_bit(size));
    new (header) RingHeader{};
    header->version = kVersion;
    header->size = size;
    header->lines = lines ? 1 : 0;
    header->magic = kRingMagic;
}

std::optional<std::uint64_t> data_taken(const RingHeader& header) {
    const std::uint64_t taken = header.taken.load();
    if (header.lines == 0) {
        return taken;
    }
    return header.ended.load() != 0 && taken == header.written.load()
               ? std::optional(header.length.load())
               : std::nullopt;
}

void check_ring(const RingHeader* header, std::uint64_t size) {
    if (header->magic != kRingMagic || header->version != kVersion || header->size != size ||
        header->lines > 1) {
        fail_corrupt();
    }
}

// The indices are stored and loaded in one total order with the flags of who sleeps
// (memory_order_seq_cst): either the sleeper sees the new index, or the other one sees the sleeper.

RingProducer::RingProducer(RingView view, std::uint64_t size)
    : view_(view),
      size_(size),
      written_(view.header->written.load(std::memory_order_relaxed)),
      taken_(view.header->taken.load()) {
    (void)bounded(written_, taken_, size_);
}

std::size_t RingProducer::free_by(std::uint64_t taken) const {
    return size_ - bounded(written_, taken, size_);
}

std::span<char> RingProducer::room(std::size_t enough) {
    std::size_t free = free_by(taken_);
    if (free < enough) {
        const std::uint64_t taken = view_.header->taken.load();
        free = free_by(taken);
        taken_ = taken;
    }
    return {view_.data + (written_ & (size_ - 1)), free};
}

void RingProducer::publish(std::size_t size) {
    assert(size <= free_by(taken_));
    written_ += size;
    view_.header->written.store(written_);
}

void RingProducer::end(std::uint64_t length, std::uint64_t digest) {
    view_.header->length.store(length, std::memory_order_relaxed);
    view_.header->digest.store(digest, std::memory_order_relaxed);
    view_.header->ended.store(1);
}

RingConsumer::RingConsumer(RingView view, std::uint64_t size)
    : view_(view),
      size_(size),
      taken_(view.header->taken.load(std::memory_order_relaxed)),
      written_(taken_) {}

std::span<const char> RingConsumer::data() {
    if (written_ == taken_) {
        const std::uint64_t written = view_.header->written.load();
        (void)bounded(written, taken_, size_);
        written_ = written;
    }
    return {view_.data + (taken_ & (size_ - 1)), written_ - taken_};
}

void RingConsumer::release(std::size_t size) {
    assert(size <= written_ - taken_);
    taken_ += size;
    view_.header->taken.store(taken_);
}

std::size_t RingConsumer::free() const {
    return size_ - bounded(view_.header->written.load(), taken_, size_);
}

std::optional<RingEnd> RingConsumer::end() {
    // the flag first: what was written before it is seen after it
    if (view_.header->ended.load() == 0 || !data().empty()) return std::nullopt;
    return RingEnd{view_.header->length.load(std::memory_order_relaxed),
                   view_.header->digest.load(std::memory_order_relaxed)};
}

}  // namespace pipectl::channel
