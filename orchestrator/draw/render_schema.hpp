#pragma once

// The definition language as a JSON Schema (draft-07), for editors: completion, descriptions, and
// errors while one types. `check` knows more: references, wiring, what a channel cannot do.
//
// Channels and their options come from the table of kinds. That the keys are those of the parser
// is tested.

#include <string>

namespace pipectl {

/// One JSON object that ends with a newline.
std::string render_schema();

}  // namespace pipectl
