#pragma once

// The one place that includes toml++: compiled once (toml_library.cpp), not into every source.
//
// Its assertions guard input, which must never end the program; its exceptions are replaced by a
// result, and its writers are left out.

#define TOML_HEADER_ONLY 0
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0

#include <toml++/toml.h>
