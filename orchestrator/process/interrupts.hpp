#pragma once

// The signals that end a measurement before its time, taken from a descriptor, so that what was
// made is removed, what was measured can still be shown, and pipectl then dies of the signal.

#include <signal.h>

#include "stages/base/fd.hpp"

namespace pipectl {

class Interrupts {
  public:
    /// Blocks SIGINT, SIGTERM, SIGHUP and SIGQUIT, but for those that the caller ignores. Throws
    /// SystemError.
    Interrupts();
    /// Puts the mask back. What was taken does not come again.
    ~Interrupts();
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;

    /// Readable when a signal waits.
    [[nodiscard]] int descriptor() const { return fd_.get(); }
    /// The next signal that waits, or 0. Never blocks.
    int take();
    /// The first one that was taken, or 0.
    [[nodiscard]] int first() const { return first_; }
    /// For a child that is to have the mask from before.
    void restore_mask() const;

  private:
    sigset_t before_{};
    Fd fd_;
    int first_ = 0;
};

}  // namespace pipectl
