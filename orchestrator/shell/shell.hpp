#pragma once

// A shell's text as a definition: what `pipectl run -c` runs and `pipectl import` writes. For who
// is outside of these folders; inside, each includes what it uses.

#include <string>

#include "orchestrator/shell/import/import_text.hpp"
#include "orchestrator/shell/translate/run_text.hpp"

namespace pipectl::shell {

/// A definition as a person would write it. What `parse_definition` reads back is the same.
std::string write_definition(const Imported& imported);

}  // namespace pipectl::shell
