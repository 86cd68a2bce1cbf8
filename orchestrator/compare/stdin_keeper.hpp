#pragma once

// What keeps pipectl's stdin for further runs while the reference run takes it.
//
// Nothing is taken from stdin before the run has read what it was offered: the first block is
// looked at where it is, and taken when the run has it. So a loop of a shell whose lines are this
// stdin keeps them when no stage reads. Once a stage has begun to read, what comes is taken as it
// comes.

namespace pipectl::compare {

/// Copies stdin to the end of `file` and to `run`, a pipe without any other writer, until one of
/// them ends or `stop` is readable or closed. For a process that has nothing else to do. Returns an
/// errno.
int keep_stdin(int file, int run, int stop);

}  // namespace pipectl::compare
