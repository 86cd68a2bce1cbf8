#pragma once

// What this machine offers to runs, tried out, and what is lost where it does not.
//
// Makes nothing that stays: a control group, a nameless file and a few descriptors for a moment.

#include <string>
#include <string_view>
#include <vector>

namespace pipectl {

struct MachineCheck {
    std::string name;  ///< "control group"
    bool ok;
    std::string says;  ///< what it is good for, or what is lost without it
};

std::vector<MachineCheck> check_machine();

}  // namespace pipectl
