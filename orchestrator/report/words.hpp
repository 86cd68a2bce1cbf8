#pragma once

// The words that stand for events in machine-readable reports. Programs rely on them.

#include "orchestrator/event/event.hpp"

namespace pipectl {

/// "failure", "run-timeout", "stage-timeout", "signal", "internal".
const char* cancel_word(CancelBegan::Why why);

}  // namespace pipectl
