#pragma once

// Keeps a program that runs as another user from typing into the terminal that it shares with its
// caller: ioctl(2) with TIOCSTI or TIOCLINUX puts words into the terminal's input, which the
// caller's shell reads after the run. Everything else of the terminal stays as it is, so that
// Ctrl-C and Ctrl-Z reach the stage, which a session of its own would prevent.

namespace pipectl {

/// For the child's side of a start, before it gives up root: the two requests fail with EPERM from
/// now on, also in whatever is started from here, on the 32-bit system call interfaces too. Where
/// filters cannot be had the child gets a session of its own, without a terminal. False with errno
/// when neither can be done. System calls only.
bool filter_terminal() noexcept;

}  // namespace pipectl
