#pragma once

// How a program of ours ends that was asked to by a signal: as the signal does.

namespace pipectl {

/// Dies of the signal, whatever it did so far; flushes stdio, and leaves no core: that would be of
/// a program that has done nothing wrong. By a signal that ends nobody: with status 128 + signal.
[[noreturn]] void die_of(int signal);

}  // namespace pipectl
