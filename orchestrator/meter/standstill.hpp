#pragma once

// Whether processes of a run wait for each other and will do so for ever. Pure.
//
// The planner gives room to every circle of waits that a graph can have; a definition may take it
// away (`buffer = "none"`), and a program may wait in an order that nobody could foresee.

#include <string>
#include <vector>

#include "orchestrator/plan/plan.hpp"

namespace pipectl {

/// What one process waits for: any of these links, to bring data or to have room.
struct LinkWaits {
    bool surely = false;  ///< nothing but these links can wake it; else it may go on by itself
    std::vector<int> links;
};

/// A circle of processes of which each waits for the next, the last for the first; empty: somebody
/// can go on. `waits` has one entry for each process of the plan; those that do not run do not wait
/// surely.
std::vector<int> circle_of_waits(const Plan& plan, const std::vector<LinkWaits>& waits);

/// "'a' waits for room at 'b', 'b' for data from 'a'": for people.
std::string describe_circle(const Plan& plan, const std::vector<LinkWaits>& waits,
                            const std::vector<int>& circle);

}  // namespace pipectl
