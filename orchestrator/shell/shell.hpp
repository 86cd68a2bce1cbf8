#pragma once

// A shell's text as a definition: what `pipectl run -c` runs and `pipectl import` writes. For who
// is outside of these folders; inside, each includes what it uses.

#include "orchestrator/shell/import/import_text.hpp"
#include "orchestrator/shell/translate/run_text.hpp"
