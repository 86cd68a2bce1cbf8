#pragma once

// How a helper that stands in for a stage's program ends: as that program did (die_of()).

#include "stages/base/die_of.hpp"

namespace pipectl::helper {

/// The signal is ignored.
bool is_ignored(int signal);

}  // namespace pipectl::helper
