#pragma once

// One end of an edge, whatever its kind, for a process that does nothing but measure.

#include <memory>
#include <span>
#include <vector>

#include "stages/channel/kind.hpp"

namespace pipectl::helper {

/// What fills and empties blocks: real work would look at every byte, too.
void fill_block(std::span<char> block, unsigned char value);
unsigned long add_up(std::span<const char> block);

class WriteEnd {
  public:
    /// `fd`: EdgeEnds::writer.
    WriteEnd(const channel::Kind& kind, Fd fd);

    /// Fills and sends one block. False when the reader has gone.
    bool send_block(std::size_t size, unsigned char value);
    /// The end of data.
    void finish();

  private:
    std::unique_ptr<channel::Line> line_;  ///< bridged kinds
    std::unique_ptr<channel::Sender> sender_;
    Fd fd_;
    std::vector<char> block_;
};

class ReadEnd {
  public:
    ReadEnd(const channel::Kind& kind, Fd fd);

    /// Receives and adds up to `size` bytes. Returns how many; 0 at the end of data.
    std::size_t receive(std::size_t size);
    /// Exactly so many. False at the end of data.
    bool receive_all(std::size_t size);

  private:
    std::unique_ptr<channel::Line> line_;
    std::unique_ptr<channel::Receiver> receiver_;
    Fd fd_;
    std::vector<char> block_;
    unsigned long sum_ = 0;
};

}  // namespace pipectl::helper
