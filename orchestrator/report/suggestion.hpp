#pragma once

// What could make a slow stage faster, where something is known about its program.

#include <string>

#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// What a stage that decided the run's time was mostly doing, as far as it was its own affair.
enum class OwnTime { running, disk, sleeping };

/// A sentence for people, without a full stop; empty when nothing is known.
std::string suggestion_for(const StageSummary& stage, OwnTime mostly);

}  // namespace pipectl
