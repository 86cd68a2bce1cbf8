#pragma once

// What `pipectl run` was asked for, after the command line has been taken apart.

#include <string>

#include "orchestrator/plan/make_plan.hpp"

namespace pipectl {

struct RunOptions {
    std::string file;     ///< "-": stdin
    PlanRequest request;  ///< --set, --via, --timeout
    std::string colour = "auto";
    std::string progress = "auto";
    std::string json;    ///< the run's record goes to this file; or empty
    std::string events;  ///< the events go to this file as they happen; or empty
    std::string joblog;  ///< the stages in GNU parallel's columns go to this file; or empty
    bool quiet = false;
    bool summary = false;
    bool dry_run = false;
};

/// Loads, plans, looks up and runs. Returns the exit status.
int run_command(const RunOptions& options);

}  // namespace pipectl
