#pragma once

// The halves of every kind that carries messages whole, in order and without loss: packets between
// two sockets of one machine, message queues. A kind brings a port that sends and receives one
// message; what the messages mean is the same for all and is said here alone.
//
// A message is a byte that says what it is, and up to Port::room() - 1 bytes of data. The last one
// has the length and the digest of all data.

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "stages/base/digest.hpp"
#include "stages/channel/halves.hpp"

namespace pipectl::channel {

class MessagePort {
  public:
    virtual ~MessagePort() = default;
    /// The longest message, in bytes.
    [[nodiscard]] virtual std::size_t room() const = 0;
    /// Waits until the message is on its way. Throws as the halves do.
    virtual void send(std::span<const char> message) = 0;
    /// The same for the first `size` bytes of `buffer`, which has room() bytes or more; a port that
    /// must keep the message takes the buffer and leaves another one as large.
    virtual void send_buffer(std::vector<char>& buffer, std::size_t size) {
        send(std::span(buffer).first(size));
    }
    /// Waits for a message and returns its length; `room` has at least room() bytes.
    virtual std::size_t receive(std::span<char> room) = 0;
    /// The same with a message that is there already; 0 when none is, or to be asked to wait. Worth
    /// having where messages are small: several are shown as one piece.
    virtual std::size_t receive_now(std::span<char> /*room*/) { return 0; }
    /// The last message was sent, or received. A sender's returns when the receiver needs nothing
    /// more of this process; messages that the kernel keeps need nothing.
    virtual void finish() {}
};

class MessageSender : public Sender {
  public:
    explicit MessageSender(std::unique_ptr<MessagePort> port);
    std::span<char> reserve(std::size_t wanted) override;
    void commit(std::size_t size, bool ends_record) override;
    void finish() override;

  private:
    std::unique_ptr<MessagePort> port_;
    std::vector<char> message_;
    Digest digest_;
};

class MessageReceiver : public Receiver {
  public:
    explicit MessageReceiver(std::unique_ptr<MessagePort> port);
    Piece peek() override;
    void release(std::size_t size) override;

  private:
    void take(std::size_t got, char mark);
    void gather();
    void check_end(std::span<const char> mark) const;

    std::unique_ptr<MessagePort> port_;
    std::vector<char> message_;
    std::size_t begin_ = 0;  ///< of what is not released yet
    std::size_t size_ = 0;   ///< where it ends
    bool ends_record_ = false;
    bool end_ = false;  ///< nothing comes after what is not released yet
    Digest digest_;
};

}  // namespace pipectl::channel
