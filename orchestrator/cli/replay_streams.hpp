#pragma once

// The bytes of a recorded edge, once more: written to stdout, or held against stdin.

#include <cstddef>
#include <string>

#include "stages/recording/reader.hpp"

namespace pipectl {

/// Dies of SIGPIPE when its reader leaves. Returns the exit status.
int play_edge(const recording::Reader& recording, std::size_t edge);

/// Reads stdin to its end; where the edge's reader had enough, as far as it read. Of an edge that
/// is not `whole` what comes behind its bytes is passed over. Returns 0, or 1 after saying where
/// the first difference is.
int compare_with_edge(const recording::Reader& recording, std::size_t edge, bool whole,
                      const std::string& name);

}  // namespace pipectl
