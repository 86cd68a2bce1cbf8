#pragma once

// The command line that other users see of this process: without the values of its parameters,
// until it is known which of them are secrets.

#include <string>
#include <vector>

#include "orchestrator/definition/definition.hpp"

namespace pipectl {

/// Takes the values of all --set off the shown command line. To be called once, by main(), before
/// anything that takes time; `words` are those behind the program's name.
void hide_settings(const std::vector<std::string>& words);

/// Shows the values of parameters that are no secrets again.
void show_settings(const std::vector<Parameter>& parameters);

}  // namespace pipectl
