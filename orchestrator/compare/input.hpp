#pragma once

// pipectl's own stdin, given to every run anew.
//
// A file is opened again, from where the caller has it. What can be read only once (a pipe, a
// socket) is kept in a nameless file while the reference run takes it, no further than that run
// reads: neither an endless input nor one that no stage looks at is waited for, and one that no
// stage reads is left to the caller. A terminal is no input to compare with: runs get an
// empty one.

#include <sys/types.h>

#include "orchestrator/process/child_process.hpp"
#include "stages/base/fd.hpp"

namespace pipectl::compare {

class Input {
  public:
    /// `wanted`: whether a stage inherits stdin. Throws SystemError.
    explicit Input(bool wanted);
    ~Input();
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

    /// Stdin of the reference run. Starts a process that keeps what is read, where that is needed.
    /// Throws SystemError.
    Fd for_reference();
    /// The reference run has ended: all later runs get what it could read. Throws SystemError when
    /// it could not be kept.
    void reference_ended();
    /// Stdin of a later run, from its start. Throws SystemError.
    [[nodiscard]] Fd again() const;

    /// A terminal stands there, and runs get nothing instead.
    [[nodiscard]] bool is_terminal() const { return way_ == Way::terminal; }

  private:
    enum class Way { nothing, terminal, file, kept };

    Way way_ = Way::nothing;
    off_t start_ = 0;  ///< file: where the caller has it
    Fd kept_;
    Fd stop_;  ///< closed: the keeper ends
    ChildProcess keeper_;
};

}  // namespace pipectl::compare
