#pragma once

// Times as shares of looks: what lies between two looks is divided between what was seen at both.
// Pure arithmetic.

#include "orchestrator/event/event.hpp"

namespace pipectl {

/// Divides a gap between two looks. Over a long one the processor time that was used in it,
/// `cpu_s`, takes its part first: the kernel counts it exactly.
void add_gap(Account& account, Activity before, Activity after, double gap_s, double cpu_s);

/// Looks can miss bursts of work, the kernel's count of processor time does not: what it has more
/// is taken from all others.
void make_room_for(Account& account, double cpu_s);

}  // namespace pipectl
