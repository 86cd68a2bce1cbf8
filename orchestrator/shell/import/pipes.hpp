#pragma once

// What joins the pipelines of a text: named pipes, and temporary files that one pipeline writes and
// later ones read. Internal to this folder.

#include <vector>

#include "orchestrator/shell/import/facts.hpp"

namespace pipectl::shell {

/// Of rows that are complete.
std::vector<Fifo> pipes_of(const Facts& facts, const Machine& machine);

}  // namespace pipectl::shell
