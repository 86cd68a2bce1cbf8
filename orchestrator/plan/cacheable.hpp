#pragma once

// Which stages' streams can be kept for later runs, by what the definition says of them.
//
// A stream can be kept only when a later run can know, before anything is started, that it would be
// the same again. Whether it is depends on files and programs too: orchestrator/cache asks them.

#include <cstddef>
#include <string>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "orchestrator/plan/wiring.hpp"

namespace pipectl {

/// Why what a stage has written cannot stand for it in another run, for messages: "it ...". Empty:
/// it can, by what the definition says of this stage alone. `process` is the stage's.
std::string why_not_known(const Definition& definition, const Wiring& wiring, std::size_t index,
                          const Process& process);

/// Why such a stage may write something else when it is run again.
std::string why_another_each_time(const Definition& definition, const Wiring& wiring,
                                  std::size_t index, const Process& process);

/// Why what a stage does is more than what it writes to its stdout, so that it has to be run. Of a
/// stage of which that is known too; empty: nothing is in the way.
std::string why_not_kept(const Definition& definition, const Wiring& wiring, std::size_t index);

/// Where a command has the text of a shell (`sh -c TEXT`): the index of the word; 0: it has none.
std::size_t script_in(const std::vector<std::string>& argv);

/// Warns of stages that have `cache` and cannot be kept. The plan has its stages' processes.
void note_caches(const Definition& definition, const Wiring& wiring, const Plan& plan,
                 Remarks& remarks);

}  // namespace pipectl
