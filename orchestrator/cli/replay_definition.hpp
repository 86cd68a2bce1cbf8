#pragma once

// A part of a definition as a definition of its own, in which recorded bytes stand for what the
// rest would have said.
//
// Each edge from a stage that is left out comes from a stage that plays it, under the name of the
// one that it stands for; each edge to one ends, where that is asked for, in a stage that compares.
// Ports, channels, buffers and the way in which edges are shared and merged stay as they were.

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/definition/definition.hpp"

namespace pipectl {

struct ReplayedPart {
    Definition definition;
    std::vector<std::size_t> played;    ///< numbers of edges, as the recording has them
    std::vector<std::size_t> compared;  ///< likewise
};

/// A stage's command line for an edge of this number.
using EdgeCommand = std::function<std::vector<std::string>(std::size_t edge)>;

/// The stages that read, however far below, what `first` writes, and itself. By index.
std::vector<bool> stages_from(const Definition& definition, std::size_t first);

/// What came from pipectl's stdin to a stage and went from one to its stdout, by the stage's name.
struct ReplayedOutside {
    std::map<std::string, std::size_t> from_stdin;  ///< numbers as above
    std::map<std::string, std::size_t> to_stdout;
};

/// `kept`: by stage. Without `compare` edges to stages that are left out are not made.
ReplayedPart part_of(const Definition& definition, const std::vector<bool>& kept,
                     const ReplayedOutside& outside, const EdgeCommand& play,
                     const EdgeCommand& compare);

}  // namespace pipectl
