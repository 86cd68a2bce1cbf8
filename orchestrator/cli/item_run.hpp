#pragma once

// One item of a [for-each], in the process that was forked for it: the way that every run goes.

#include <cstddef>

#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/run_options.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

struct ItemRun {
    ItemRun(const RunOptions& whole, const Loaded& all, std::size_t number, int stdout_file);

    RunOptions options;  ///< of the item
    const Loaded& loaded;
    std::size_t index;
    int output;  ///< becomes its stdout; -1: it has ours
    Fd errors;   ///< becomes its stderr; empty: it has ours
};

/// Returns the item's exit status.
int run_item(const ItemRun& run);

}  // namespace pipectl
