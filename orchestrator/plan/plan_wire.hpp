#pragma once

// A plan as text, for a part of pipectl on another machine.

#include <cstddef>
#include <string>
#include <string_view>

#include "orchestrator/plan/plan.hpp"

namespace pipectl {

/// The longest text that read_wire() takes, in bytes.
inline constexpr std::size_t kLongestWire = std::size_t{32} << 20;

/// One line of JSON without a newline: read_wire() makes the same plan of it. What is no UTF-8 (an
/// argument, a variable) stands there as hexadecimal digits.
std::string wire_text(const Plan& plan);

/// Throws JsonError, with the path of what is wrong, for a text that is no plan: other members,
/// types, kinds of channels or jobs than this build has, numbers out of range, indices that lead
/// nowhere, a process of `host` without a command. A plan that it returns can be used without
/// further checks of these.
Plan read_wire(std::string_view text, int host = 0);

/// The plan as a host may see it: with the same indices, but processes of other hosts have their
/// name, role and host, and the descriptors that links need, and nothing else; files, texts,
/// regions, units and secrets that no process of its own uses are not in it. Pure.
Plan plan_for(const Plan& plan, int host);

}  // namespace pipectl
