#pragma once

// A command that leads to a node: its stdin and stdout are one socket of ours, its stderr is ours.
//
// It is in a session of its own: a terminal's Ctrl-C must not end it before the run has said what
// is to be ended. It is a child of the process that starts it, which does not wait for it: its pid
// is its own until that process has ended.

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/event/exit_status.hpp"
#include "orchestrator/hosts/talk.hpp"
#include "stages/base/fd.hpp"

namespace pipectl::hosts {

class Session {
  public:
    /// Starts it. Throws SystemError, with the command's name, when it cannot be.
    explicit Session(const std::vector<std::string>& argv);

    Talk& talk() { return *talk_; }
    [[nodiscard]] int fd() const { return socket_.get(); }

    /// From now on what goes over it is the caller's; its talk is over.
    Fd take_socket();
    /// The other side sees an end of file, and so do we. Does nothing if the descriptor is another
    /// file's by now, in a process that shares a table of descriptors with one that was killed.
    void hang_up() noexcept;
    /// Waits until the command has ended; false: it has not in this time.
    bool wait(int milliseconds) noexcept;
    void kill() noexcept;
    /// How it has ended, as far as the kernel tells who is not its parent.
    [[nodiscard]] std::optional<ExitStatus> how() const;

  private:
    Fd socket_;
    ino_t inode_ = 0;
    pid_t pid_ = -1;
    Fd pidfd_;
    std::unique_ptr<Talk> talk_;
};

}  // namespace pipectl::hosts
