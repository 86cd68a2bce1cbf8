#pragma once

// The bytes of a recorded edge, once more: written to stdout, or held against stdin.

#include <cstddef>
#include <string>

#include "stages/recording/reader.hpp"

namespace pipectl {

/// Dies of SIGPIPE when its reader leaves. Returns the exit status.
int play_edge(const recording::Reader& recording, std::size_t edge);

/// Reads stdin to its end, or, of an edge that is not all its writer had to say, as far as that
/// goes. Returns 0, or 1 after saying where the first difference is.
int compare_with_edge(const recording::Reader& recording, std::size_t edge,
                      const std::string& name);

}  // namespace pipectl
