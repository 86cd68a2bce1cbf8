#pragma once

// `[shared.NAME]`: the regions of a plan, and where texts of stages name them.

#include <string>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/files.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/plan/resolve.hpp"

namespace pipectl {

/// Fills Plan::shared; `host`: where the stages are. To be called before the stages are built.
void add_regions(const Definition& definition, const Resolver& resolver, FileTable& files, int host,
                 Plan& plan);

/// Notes where a text that was resolved wants paths of regions: in word `word` of the process's
/// argv, or (-1) in the variable of that name.
void note_regions(const ResolvedText& text, int word, const std::string& variable, const Plan& plan,
                  Process& process);

}  // namespace pipectl
