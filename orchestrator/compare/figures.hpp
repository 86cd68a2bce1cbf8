#pragma once

// What a run's events say of its cost, and why it failed.

#include <string>
#include <vector>

#include "orchestrator/compare/comparison.hpp"
#include "orchestrator/event/event.hpp"

namespace pipectl::compare {

/// The cost of a run that has ended, without its first byte.
Run figures_of(const std::vector<Event>& events);

/// Why it did not succeed, one sentence; empty when it did.
std::string failure_of(const std::vector<Event>& events);

}  // namespace pipectl::compare
