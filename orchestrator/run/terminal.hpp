#pragma once

// The controlling terminal's modes and foreground process group, as they were before the run.
//
// A stage may die in raw mode or after it took the terminal for a group of its own; whoever is left
// of the run puts both back. A terminal that belongs to another job is left alone.

#include <sys/types.h>
#include <termios.h>

#include "stages/base/fd.hpp"

namespace pipectl {

class Terminal {
  public:
    /// Remembers the state; does nothing when there is no controlling terminal or pipectl was not
    /// started in its foreground.
    Terminal();

    /// Puts modes and group back where they differ. SIGTTOU must be blocked.
    void restore() noexcept;

  private:
    Fd tty_;
    pid_t group_ = -1;
    termios modes_{};
};

}  // namespace pipectl
