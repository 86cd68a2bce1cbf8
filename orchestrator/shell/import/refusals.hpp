#pragma once

// The reasons why a text cannot be imported: each is one small function over the facts, with one
// line in a table of refusals.cpp. The README's "What import refuses" is the same list for people.
// Internal to this folder.

#include <optional>
#include <string_view>
#include <vector>

#include "orchestrator/shell/import/build.hpp"
#include "orchestrator/shell/import/facts.hpp"

namespace pipectl::shell {

/// Why the bytes are no text that could be parsed.
std::optional<Refusal> reason_against_bytes(std::string_view text);

/// The first reason why a statement cannot be a part of a definition, whatever stands around it. It
/// then becomes no stage.
std::optional<Refusal> reason_against(const Facts& facts, const Row& row);

/// All reasons, those that only the graph shows included. In the order of the text.
std::vector<Refusal> all_reasons(const Facts& facts, const Built& built);

}  // namespace pipectl::shell
