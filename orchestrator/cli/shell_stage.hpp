#pragma once

// A stage of a pipeline that the shell itself runs, between what `pipectl pipe` runs before and
// behind it: a group, a loop, a function. See shell/cover/segments.hpp for the text around it.
//
// What stands before it (HandingOn) begins its data with a line: the name of a socket. The shell
// reads that line and sends its own instead: a mark, that name (or '-') and the pid of its
// subshell; behind the data follow the mark and the subshell's status. What stands behind it
// (relay_stage) takes both off, asks at the socket how the first part has ended, and ends as the
// stage did. Until then the first part keeps its output open when it has failed, so that nobody is
// shown an end of data that is not true; the subshell and all below it are ended instead.

#include <string>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl {

/// Of the part before a stage of the shell's.
class HandingOn {
  public:
    /// Writes the line to stdout. Throws SystemError.
    HandingOn();

    /// Tells the part behind the stage how this one ended, as exit statuses have it (128+N for a
    /// signal). Waits until that part has heard it, or is gone; with a failure until the stage
    /// has been ended. Called once.
    void over(int status) noexcept;

  private:
    Fd socket_;
};

/// What a relay that is cancelled ends others at. It starts with these blocked, and takes them as
/// soon as it can.
std::vector<int> relay_signals();

/// The first stage of the part behind: copies stdin to stdout without what is not data. Returns the
/// stage's status or, when what stands before it failed, that part's; 1 for a stage that was killed
/// and said nothing. `status_only`: the stage writes elsewhere.
int relay_stage(bool status_only);

}  // namespace pipectl
