#pragma once

// The options of all commands that plan a definition, and what they ask of the planner.

#include <optional>

#include "orchestrator/cli/completers.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/plan/make_plan.hpp"

namespace pipectl {

inline constexpr CommandOption kSetOption = {
    "--set", "NAME=VALUE", "of a parameter; @FILE: what the file holds", complete_parameters};

inline constexpr CommandOption kViaOption = {
    "--via", "[STAGE=]CHANNEL[:SIZE]", "the channel of all edges, or of those that feed a stage",
    complete_via};

inline constexpr CommandOption kHostsOption = {
    "--hosts", "FILE", "[hosts] of this site, in place of the definition's of the same names",
    complete_files};

inline constexpr CommandOption kTimeoutOption = {"--timeout", "DURATION",
                                                 "of the whole run: 500ms, 10s, 1h30m"};

/// Of these options those that the command has. Wrong usage is told and leaves nothing. Throws
/// SystemError when the file of a parameter cannot be read.
std::optional<PlanRequest> plan_request(const Given& given);

}  // namespace pipectl
