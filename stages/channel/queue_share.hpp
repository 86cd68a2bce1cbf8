#pragma once

// An edge's share of a queue that several edges use: so many of its messages may wait there, and no
// more, so that a reader that is slow or waits for another edge never fills the queue for the
// others. The receiver says over the edge's line how many it has taken.

#include <cstdint>

#include "stages/channel/line.hpp"

namespace pipectl::channel {

class QueueShare {
  public:
    /// `most`: messages; 0: the queue is the edge's alone, and nothing is counted.
    QueueShare(Line& line, std::uint64_t most) : line_(line), most_(most) {}

    /// For the sender: waits until one more may wait in the queue. Throws PeerGone.
    void take();

    /// For the receiver: one was taken out.
    void give_back();

  private:
    Line& line_;
    std::uint64_t most_;
    std::uint64_t count_ = 0;  ///< waiting in the queue, or taken and not said yet
};

}  // namespace pipectl::channel
