#pragma once

// The ports of a definition that is used as a stage: which stage of it is meant by each.
//
// Internal to this folder.

#include <map>
#include <string>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/remarks.hpp"

namespace pipectl {

struct PartEnd {
    std::string stage;
    std::string port;
    bool input = false;
};

/// By name; "stdin" and "stdout" are those of a plain chain unless [ports] says something else.
using PartPorts = std::map<std::string, PartEnd>;

/// Of each stage that was a definition, by its name.
using PartsByName = std::map<std::string, PartPorts>;

/// Nobody says what it reads: it would read the stage above, or pipectl's own stdin.
bool is_unfed(const Stage& stage);

/// What [ports] of an expanded definition names; `last` is the name of its last stage before it was
/// expanded. What it names and there is not goes to `remarks`.
PartPorts find_ports(const Definition& definition, const PartsByName& parts,
                     const std::string& last, Remarks& remarks);

}  // namespace pipectl
