#pragma once

// pipectl's own stdin, stdout and stderr, as a stage gets them.
//
// O_NONBLOCK belongs to the open file description, which the caller shares: a stage that sets it on
// what it inherited would break the caller's next program. So a stage gets a description of its own
// where the kernel can make one (terminals, pipes), through /proc/self/fd; see proc_pid_fd(5).

#include "stages/base/fd.hpp"

namespace pipectl {

/// A descriptor for the same file as `number` (0, 1 or 2), close-on-exec: of a new description for
/// terminals and pipes; a duplicate for regular files (which share the offset on purpose) and
/// sockets; invalid when `number` is closed.
Fd inherited_descriptor(int number);

/// Puts back the status flags of the descriptions behind 0, 1 and 2 that could not be separated.
class StandardFlags {
  public:
    StandardFlags();
    void restore() noexcept;

  private:
    int flags_[3];
};

}  // namespace pipectl
