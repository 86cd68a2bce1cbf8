#pragma once

// One edge whose two hosts cannot reach each other: its bytes go over this machine, sealed from end
// to end.
//
// A process of its own carries them between two ways; each leads to the listener of one of the
// hosts, through a session with `pipectl node --edge` there, or directly on this machine. It ends
// with the edge, and with the process that started it.

#include <sys/types.h>

#include <memory>

#include "orchestrator/hosts/message.hpp"
#include "orchestrator/hosts/session.hpp"
#include "stages/base/fd.hpp"

namespace pipectl::hosts {

class Relay {
  public:
    struct Way {
        message::Relay to;
        std::unique_ptr<Session> session;  ///< null: it is on this machine
    };

    /// Waits until both ways are there. Throws SystemError, WireError.
    Relay(Way one, Way other);

    /// Ends what is still there of it, with so much patience for each way.
    void end(int milliseconds) noexcept;

  private:
    Way one_, other_;
    pid_t pid_ = -1;
    Fd pidfd_;
};

/// Carries what comes on `in` to `to`, and what comes from `from` on to `out`, until both have come
/// to their end or one of them is broken. Sockets are shut down as their way ends.
void carry(int in, int out, int from, int to);

}  // namespace pipectl::hosts
