#pragma once

// What options and operands of several commands are completed from: the channels, the definition on
// the command line, the runs that go on. Each is a Completer, named in the values of commands.

#include <string>
#include <vector>

#include "orchestrator/command/offers.hpp"

namespace pipectl {

/// The last of a list of channels: "pipe,unix".
void complete_channels(Offers& candidates, const std::vector<std::string>& before);
/// A channel, or a stage of the definition and its channel.
void complete_via(Offers& candidates, const std::vector<std::string>& before);
/// A parameter of the definition.
void complete_parameters(Offers& candidates, const std::vector<std::string>& before);
/// A stage of the definition.
void complete_stages(Offers& candidates, const std::vector<std::string>& before);

/// An endpoint's beginning: "tcp:".
void complete_endpoints(Offers& candidates, const std::vector<std::string>& before);

/// A run that goes on.
void complete_runs(Offers& candidates, const std::vector<std::string>& before);
/// The same, and behind a run's '/' one of its stages.
void complete_stages_of_runs(Offers& candidates, const std::vector<std::string>& before);

}  // namespace pipectl
