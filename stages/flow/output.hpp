#pragma once

// One output descriptor of a helper, written to without ever waiting for its reader.
//
// Only what stands behind the descriptor's own open file description may be made non-blocking; one
// that was inherited is shared with programs that would break. So pipes and terminals are opened
// again, sockets are told at each send, and files never make anyone wait for long.

#include <sys/types.h>

#include <cstddef>

#include "stages/base/fd.hpp"

namespace pipectl::helper {

class Output {
  public:
    enum class Kind { pipe, socket, terminal, file };  ///< file: and all other devices

    /// Takes over descriptor `fd`, whose number it keeps for messages.
    explicit Output(int fd);

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] Kind kind() const { return kind_; }
    [[nodiscard]] bool gone() const { return gone_; }

    /// Writes as much as goes without waiting; 0 when nothing does, or when the reader has left.
    /// Throws SystemError.
    std::size_t write(const char* data, std::size_t size);

    /// So many bytes went to it by other means than write().
    void count(std::size_t bytes) const;

    /// After a failed system call on it: notes that the reader has left, goes on quietly when it
    /// was EAGAIN or EINTR, and throws SystemError otherwise.
    void failed(int error);

    /// Closes it: its reader has left.
    void leave();

    /// Closes it: it has got all there is, so that its reader sees the end while others still read.
    void finish();

    /// Looks at what poll(2) said of it, and at what a signal did.
    void look(short events);

  private:
    Fd fd_;
    int number_;
    Kind kind_;
    bool whole_writes_ = true;  ///< false: could not be opened again, and takes little at a time
    bool gone_ = false;
};

}  // namespace pipectl::helper
