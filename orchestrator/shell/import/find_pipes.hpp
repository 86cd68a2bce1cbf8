#pragma once

// What joins the pipelines of a text: named pipes, and temporary files that one pipeline writes and
// later ones read. Internal to this folder.

#include <set>
#include <string>
#include <vector>

#include "orchestrator/shell/translate/machine.hpp"
#include "orchestrator/shell/translate/statements.hpp"
#include "orchestrator/shell/translate/translator.hpp"

namespace pipectl::shell {

/// Adds them to the translator's graph. `moved`: keys of files that a `mv` has put in place, which
/// are not there any more.
void find_pipes(const List& list, const std::vector<Statement>& all, const PathNames& names,
                const Machine& machine, const std::set<std::string>& moved, Translator& translator,
                std::vector<Refusal>& refusals);

}  // namespace pipectl::shell
