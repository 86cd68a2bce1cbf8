#pragma once

// The names of a definition that is used as a stage, with that stage's name before them.
//
// Internal to this folder.

#include <string>

#include "orchestrator/definition/definition.hpp"

namespace pipectl {

/// Of its stages, its parameters, and of all that refers to them; `prefix` is "clean/".
void put_before_names(Definition& definition, const std::string& prefix);

}  // namespace pipectl
