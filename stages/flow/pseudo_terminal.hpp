#pragma once

// A program whose standard output is a pseudo-terminal, and a helper that passes on what it writes
// there; pty(7).
//
// The program stays in our session and process group and gets no controlling terminal, so that
// keys reach it as they reach any stage. Output is not processed: its bytes arrive as written. It
// is killed when we are (PR_SET_PDEATHSIG).

#include <signal.h>

#include <cstddef>
#include <optional>
#include <vector>

#include "stages/base/fd.hpp"
#include "stages/flow/output.hpp"
#include "stages/flow/replica.hpp"
#include "stages/flow/waiting.hpp"

namespace pipectl::helper {

class PseudoTerminal {
  public:
    /// Takes over standard output, and all signals that do not mean ourselves. `counts`: the index
    /// of the shared number of bytes that came. Throws SystemError.
    explicit PseudoTerminal(std::optional<std::size_t> counts);

    /// Starts the program; `joined`: its stderr is the terminal too. Throws SystemError, whose code
    /// tells why it cannot be executed.
    void start(const ReplicaCommand& command, bool joined);

    /// Passes on what it writes until it has ended and nobody has the terminal open, and ends as it
    /// did: returns its status, or dies of its signal. When the reader has left, the program gets
    /// SIGPIPE as at a pipe, and errors from what it writes after that. Throws SystemError.
    int run();

  private:
    void set_size() const;
    bool pass_on();
    bool take();
    bool give();
    void refuse(int signal);
    void take_signals();
    bool reap();
    void wait();

    std::optional<std::size_t> counts_;
    Fd user_;  ///< the user's terminal, whose size it has
    Fd master_;
    Fd terminal_;  ///< the program's side, until it has that
    Output out_;
    sigset_t mask_{};  ///< of the program
    Fd signals_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;  ///< of what waits in the buffer
    std::size_t end_ = 0;
    pid_t pid_ = -1;
    int status_ = 0;      ///< as of waitpid(2), when it has ended
    bool told_ = false;   ///< it had a signal that ends
    int refused_by_ = 0;  ///< the signal of the write that failed
    Waiting waiting_;
};

}  // namespace pipectl::helper
