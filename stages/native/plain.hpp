#pragma once

// The halves of a channel that is an ordinary descriptor: a pipe, a file, a terminal, a socket.

#include <vector>

#include "stages/channel/halves.hpp"

namespace pipectl::native {

class PlainSender : public channel::Sender {
  public:
    explicit PlainSender(Fd fd) : fd_(std::move(fd)) {}
    std::span<char> reserve(std::size_t wanted) override;
    void commit(std::size_t size, bool ends_record) override;
    void finish() override;

  private:
    Fd fd_;
    std::vector<char> room_;
};

class PlainReceiver : public channel::Receiver {
  public:
    explicit PlainReceiver(Fd fd) : fd_(std::move(fd)) {}
    channel::Piece peek() override;
    void release(std::size_t size) override;

  private:
    Fd fd_;
    std::vector<char> block_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool ended_ = false;
};

}  // namespace pipectl::native
