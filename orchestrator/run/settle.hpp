#pragma once

// What becomes of a run's files when it is over.

#include <functional>

#include "orchestrator/director/director.hpp"
#include "orchestrator/files/outputs.hpp"

namespace pipectl {

/// Replaces the files of a run that has succeeded, leaves those of any other as they were, and
/// tells what became of each. A file that cannot be replaced makes the run fail.
void settle_outputs(OutputSet& outputs, Director::Outcome& outcome,
                    const std::function<void(decltype(Event::what))>& tell);

}  // namespace pipectl
