#pragma once

// Diagnostics for programs.

#include <vector>

#include "orchestrator/diagnostic/diagnostic.hpp"
#include "stages/base/json.hpp"

namespace pipectl {

/// An array with an object for each, however many there are, in the order in which people are shown
/// them, and without secrets. A place or hint that there is not is null.
void write_diagnostics(JsonWriter& json, const SourceText& source,
                       std::vector<Diagnostic> diagnostics);

}  // namespace pipectl
