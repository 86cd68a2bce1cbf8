#pragma once

// A ring of bytes in shared memory between one producer and one consumer: its layout and the
// arithmetic of its indices. Nothing here maps memory, waits or makes a system call, so it can be
// tested on any memory.
//
// The data is mapped twice, back to back, so that what is free and what is there are each one
// piece. Indices run on for ever and are taken modulo the size, a power of two. What the other
// process writes is never trusted: an index is copied once and bounded, "the channel is corrupt"
// (EBADMSG) when it is out of bounds.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace pipectl::channel {

enum class RingSide : std::size_t { writer, reader };

/// Where one half sleeps and the other one wakes it.
struct RingBell {
    std::atomic<std::uint32_t> asleep;  ///< also the word of a futex
    /// Of rings that wait on semaphores: units to take, also the word of a futex. No sem_t: the C
    /// library ends a process that finds one scribbled over by its peer.
    std::atomic<std::uint32_t> units;
};

/// Two lines: processors fetch them in pairs.
inline constexpr std::size_t kRingLine = 128;

/// The first page. Producer and consumer write to lines of their own, so that neither takes a line
/// away from the other more often than it has news.
struct RingHeader {
    std::uint64_t magic;
    std::uint64_t size;  ///< bytes of data, a power of two
    std::uint32_t version;
    std::uint32_t lines;                ///< 1: the data is in pieces with a length each
    std::atomic<std::uint32_t> opened;  ///< halves so far

    alignas(kRingLine) std::atomic<std::uint64_t> written;  ///< by the producer
    std::atomic<std::uint32_t> counted_only;                ///< 1: no digest; before the first byte
    std::atomic<std::uint64_t> length;                      ///< of all data, once `ended`
    std::atomic<std::uint64_t> digest;
    std::atomic<std::uint32_t> ended;

    alignas(kRingLine) std::atomic<std::uint64_t> taken;  ///< by the consumer

    alignas(kRingLine) RingBell writer_bell;
    alignas(kRingLine) RingBell reader_bell;

    RingBell& bell(RingSide side) { return side == RingSide::writer ? writer_bell : reader_bell; }
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

/// A ring where it is mapped: `data` shows header->size bytes twice.
struct RingView {
    RingHeader* header = nullptr;
    char* data = nullptr;
};

/// Bytes of data that the consumer has released, as its header says: exact. Nothing where lengths
/// between the pieces are counted too and the end is not reached.
std::optional<std::uint64_t> data_taken(const RingHeader& header);

/// Makes a new, empty ring's header.
void format_ring(RingHeader* header, std::uint64_t size, bool lines);

/// Throws SystemError (EBADMSG) when this is no ring of that size made by this version.
void check_ring(const RingHeader* header, std::uint64_t size);

/// The producer's side. All members but end() may throw SystemError (EBADMSG).
class RingProducer {
  public:
    RingProducer(RingView view, std::uint64_t size);

    /// All that is free. The consumer's index is looked at only when less than `enough` was free
    /// the last time.
    std::span<char> room(std::size_t enough);
    /// The first `size` bytes of the room are data. The consumer sees them from now on.
    void publish(std::size_t size);
    /// No data comes any more.
    void end(std::uint64_t length, std::uint64_t digest);

    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    [[nodiscard]] std::size_t free_by(std::uint64_t taken) const;

    RingView view_;
    std::uint64_t size_;
    std::uint64_t written_;
    std::uint64_t taken_;  ///< as it was seen last
};

struct RingEnd {
    std::uint64_t length;
    std::uint64_t digest;
};

/// The consumer's side.
class RingConsumer {
  public:
    RingConsumer(RingView view, std::uint64_t size);

    /// What is there. The producer's index is looked at only when nothing is left of what was there
    /// the last time.
    std::span<const char> data();
    /// The first `size` bytes of it are free.
    void release(std::size_t size);
    /// The end, once all data before it was released.
    std::optional<RingEnd> end();

    /// Bytes that are free now.
    [[nodiscard]] std::size_t free() const;
    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    RingView view_;
    std::uint64_t size_;
    std::uint64_t taken_;
    std::uint64_t written_;  ///< as it was seen last
};

}  // namespace pipectl::channel
