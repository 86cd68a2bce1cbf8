#pragma once

// The lifeline of a bridged edge: every wait of a channel's half goes through it, so that none
// outlasts the process at the other end, nor what the process on our own side is there for.

#include <functional>
#include <stdexcept>
#include <utility>

#include "stages/base/fd.hpp"

namespace pipectl::channel {

/// The process at the other end of the edge has gone. For a sender: its reader has left. For a
/// receiver: its writer died before the end of data.
class PeerGone : public std::runtime_error {
  public:
    PeerGone() : std::runtime_error("the process at the other end of the channel has gone") {}
};

/// What this end works for has gone: the program that reads what a receiver writes.
class OwnSideGone : public std::runtime_error {
  public:
    OwnSideGone() : std::runtime_error("the program on this side of the channel has gone") {}
};

class Line {
  public:
    /// Kinds that sleep where poll(2) cannot (a futex, a semaphore, msgrcv(2)) wake up and call
    /// check() at least this often.
    static constexpr int kPatienceMs = 400;

    /// Takes over the socket on which the ticket was.
    explicit Line(Fd peer) : peer_(std::move(peer)) {}

    /// From now on a wait ends with OwnSideGone when nobody reads descriptor `fd` any more.
    void watch_reader_of(int fd) { own_side_ = fd; }

    /// The peer speaks at `fd`, too, whatever is waited for: `hear` is called when something can be
    /// read there, takes it, and may throw as wait() does. -1: no more.
    void hear_peer_at(int fd, std::function<void()> hear) {
        heard_at_ = fd;
        hear_ = std::move(hear);
    }

    [[nodiscard]] int fd() const { return peer_.get(); }

    /// Waits until `fd` has one of `events` (poll(2)) or the time is over: true when it has. What
    /// `fd` has is said first, so that a receiver takes all that a dead writer has sent. Throws
    /// PeerGone, OwnSideGone, SystemError.
    bool wait(int fd, short events, int timeout_ms = -1);

    /// Looks without waiting. Throws PeerGone, OwnSideGone.
    void check() { (void)wait(-1, 0, 0); }

    /// Waits until the peer has gone, and whoever else holds its end: after the end of data, that
    /// its writer has ended well. Throws OwnSideGone, SystemError.
    void wait_for_peer();

    /// For a sender that was told PeerGone: gives the peer the moment that it needs to close its
    /// end of the line after that of the channel, so that whoever judges our end finds the edge
    /// abandoned.
    void let_peer_close() const noexcept;

    /// True when the peer has gone. Never throws, never waits.
    [[nodiscard]] bool is_peer_gone() const noexcept;

  private:
    Fd peer_;
    int own_side_ = -1;
    int heard_at_ = -1;
    std::function<void()> hear_;
};

}  // namespace pipectl::channel
