#pragma once

// The halves of every kind that is a ring in shared memory. Bytes are filled and looked at where
// they are; while neither side has to wait there is no system call.
//
// Who has to wait spins for a moment where a second processor is there, then sleeps, and looks at
// the edge's lifeline at least every Line::kPatienceMs: no flag in shared memory can keep it from
// noticing that its peer has died. A sleeping reader is woken by the first bytes, a sleeping writer
// when a quarter of the ring is free.
//
// In rings of lines, each piece has its length before it (4 bytes, the highest bit: it ends a
// record).

#include <memory>

#include "stages/base/digest.hpp"
#include "stages/channel/halves.hpp"
#include "stages/ring/page_guard.hpp"
#include "stages/ring/ring.hpp"
#include "stages/ring/ring_bells.hpp"
#include "stages/ring/ring_memory.hpp"

namespace pipectl::channel {

/// A ring that one half has opened, and what its waits go through.
struct OpenRing {
    RingMemory memory;
    std::unique_ptr<RingBells> bells;
    std::uint64_t size;
    /// Of rings in a file that can be cut short.
    std::unique_ptr<PageGuard> guard = nullptr;
};

/// The length of the data, and its digest unless it is only counted.
class Tally {
  public:
    void count_only() { digests_ = false; }
    void add(const char* data, std::size_t size) {
        length_ += size;
        if (digests_) digest_.add(data, size);
    }
    [[nodiscard]] std::uint64_t length() const { return length_; }
    [[nodiscard]] std::uint64_t digest() const { return digests_ ? digest_.value() : 0; }

  private:
    bool digests_ = true;
    std::uint64_t length_ = 0;
    Digest digest_;
};

class RingSender : public Sender {
  public:
    /// Throws SystemError (EBADMSG) when that is no ring.
    RingSender(OpenRing ring, Line& line);
    void count_only() override;
    std::span<char> reserve(std::size_t wanted) override;
    void commit(std::size_t size, bool ends_record) override;
    void finish() override;

  private:
    OpenRing ring_;
    Line& line_;
    RingProducer producer_;
    std::size_t head_;  ///< bytes before each piece
    std::size_t reserved_ = 0;
    Tally tally_;
};

class RingReceiver : public Receiver {
  public:
    RingReceiver(OpenRing ring, Line& line);
    Piece peek() override;
    void release(std::size_t size) override;

  private:
    void wait_for_more();
    void open_piece();
    void check_end(const RingEnd& sent) const;

    OpenRing ring_;
    Line& line_;
    RingConsumer consumer_;
    bool lines_;
    std::size_t head_ = 0;  ///< bytes before the piece that are not released yet
    std::size_t left_ = 0;  ///< of the piece
    bool ends_record_ = false;
    bool begun_ = false;
    bool end_ = false;
    Tally tally_;
};

}  // namespace pipectl::channel
