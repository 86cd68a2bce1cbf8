#pragma once

// What is tried: a channel, perhaps with a size or another choice, on all edges or on those that
// feed one stage; and the definition that has it there.

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/plan.hpp"
#include "stages/channel/kind.hpp"

namespace pipectl::compare {

struct Candidate {
    const channel::Kind* kind = nullptr;
    /// As a definition writes it, or a choice of another option ("zstd"); empty: the default.
    std::string size;
};

/// The candidates, or what is wrong with the words.
using Candidates = std::variant<std::vector<Candidate>, std::string>;

/// `channels`: "pipe,unix,shm:8MiB,net:zstd"; empty: all that can carry an edge, and pipes of 64
/// KiB and 1 MiB. `sizes`: "64KiB,1MiB", further pipes. In the order of the table of kinds when
/// `channels` is empty, else as they were named; each one once.
Candidates read_candidates(std::string_view channels, std::string_view sizes);

/// The definition with that channel, and nothing else, on the edges of `target`: what it said of
/// their channels, with all options, goes.
Definition with_channel(const Definition& definition, const std::string& stage,
                        const Candidate& candidate);

/// All that a plan does, without where it stands in the file: plans with the same text are the
/// same.
std::string gist_of(Plan plan);

/// The stages that edges of the plan lead to, in the plan's order.
std::vector<std::string> fed_stages(const Plan& plan);

/// `"unix"`, or `{ channel = "pipe", size = "1MiB" }`: the candidate as the value of `via`.
std::string via_value(const std::string& channel, const std::string& size);

}  // namespace pipectl::compare
