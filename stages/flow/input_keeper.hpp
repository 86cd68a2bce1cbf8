#pragma once

// A process that holds what we have open until we have ended.
//
// Should we be killed, the kernel closes our descriptors before it kills our children
// (PR_SET_PDEATHSIG): they would see an end of their data that is not true. The keeper shares our
// table of descriptors (CLONE_FILES), so they stay open until it sees that we are gone, and our
// children have their signal by then. What these have started and that reads the same input is not
// ours to find then: the keeper waits until somebody has ended that.

#include <sys/types.h>

#include "stages/base/fd.hpp"

namespace pipectl::helper {

class InputKeeper {
  public:
    /// Throws SystemError. Made while there is no other child.
    InputKeeper();
    InputKeeper(const InputKeeper&) = delete;
    InputKeeper& operator=(const InputKeeper&) = delete;
    ~InputKeeper() { end(); }

    [[nodiscard]] pid_t pid() const { return pid_; }

    /// There is nothing more to hold.
    void end();

  private:
    Fd us_;  ///< both of us need it open: the table is one
    pid_t pid_ = -1;
};

}  // namespace pipectl::helper
