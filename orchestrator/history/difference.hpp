#pragma once

// What was not the same in two runs before they began: the definition, parameters, commands,
// channels, the size of the input. Whoever compares their times wants to know this first.

#include <string>
#include <vector>

#include "orchestrator/report/summary.hpp"

namespace pipectl::history {

struct Difference {
    std::string what;         ///< "definition", "parameter", "command", "channel", "input"
    std::string name;         ///< of the parameter, stage or edge; else empty
    std::string left, right;  ///< for people; empty: it is not there
};

/// In this order: definition, parameters, commands, channels, input.
std::vector<Difference> differences(const Summary& left, const Summary& right);

/// A line for each, at most twenty, or a sentence that there is none. Safe for a terminal.
std::string render_differences(const std::vector<Difference>& differences);

/// What stages without a producer have read, together: the run's input.
std::int64_t input_bytes(const Summary& summary);

/// Two sizes of an input between which times may be compared.
struct AboutAsMuch {
    std::int64_t least, most;
};
AboutAsMuch about_as_much(std::int64_t bytes);

}  // namespace pipectl::history
