#pragma once

// `pipectl node`: the part of pipectl on another host of a run. It reads its job on stdin, runs the
// processes of its host as `pipectl run` would (its own front, supervisor and director), and says
// on stdout what becomes of them.
//
// When stdin ends, or nothing is heard for a lease, it ends what it has started, leaves all files
// as they were, and ends with kLostLauncher.

namespace pipectl::hosts {

inline constexpr int kLostLauncher = 99;

/// Returns the exit status, which the launcher does not go by. Takes over descriptors 0 and 1.
int run_node();

/// `pipectl node --edge`: carries one edge between stdin and stdout and a listener of this host.
int run_edge();

}  // namespace pipectl::hosts
