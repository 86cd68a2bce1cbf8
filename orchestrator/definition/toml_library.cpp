#define TOML_IMPLEMENTATION

#include "orchestrator/definition/toml_library.hpp"
