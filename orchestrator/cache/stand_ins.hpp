#pragma once

// A definition in which streams that were kept stand in for stages.

#include <string>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/wiring.hpp"

namespace pipectl {

/// Both by stage.
struct StandIns {
    std::vector<std::string> streams;  ///< the file that is played; empty: the stage is run
    std::vector<bool> left_out;        ///< it is not needed: only players would have read it
};

/// The definition without what is left out, and with players. Who reads whom stays as it was.
Definition with_stand_ins(const Definition& definition, const Wiring& wiring,
                          const StandIns& stand_ins);

}  // namespace pipectl
