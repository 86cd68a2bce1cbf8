#pragma once

// The names of stages: those that are given, and those that are made from the program's.

#include <string>
#include <vector>

#include "orchestrator/definition/definition.hpp"

namespace pipectl {

class Reader;

/// A name for each stage that has none in `given`, in their order: that of its program, with a
/// number where it is taken.
std::vector<std::string> complete_names(const std::vector<Stage>& stages,
                                        std::vector<std::string> given);

/// Names those that have none, and finds names that are there twice.
void settle_names(Reader& reader, std::vector<Stage>& stages);

}  // namespace pipectl
