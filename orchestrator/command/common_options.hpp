#pragma once

// Options that several commands have, each spelled here alone.

#include "orchestrator/command/command.hpp"

namespace pipectl {

inline constexpr CommandOption kColourOption = {"--color", "auto|always|never",
                                                "default: on a terminal"};

/// What every command has that prints for people: the same for programs, on stdout (Given::json()).
constexpr CommandOption json_option(std::string_view what) {
    return {"--json", {}, what};
}

/// The older spelling of the above, with the line that explains the other one.
inline constexpr CommandOption kFormatOption = {"--format", "text|json", "text is for people"};
inline constexpr CommandOption kAsFormatOption = json_option("the same as --format json");

}  // namespace pipectl
