#pragma once

// What a picture of a plan shows: its stages, the files at their ends, the edges between stages
// with their channels, and what starts after what without data. Helpers are not in it: `pipectl
// plan` shows these.

#include <string>
#include <vector>

#include "orchestrator/plan/plan.hpp"

namespace pipectl {

struct Picture {
    struct Node {
        std::string name;
        std::string command;             ///< one line, secrets replaced
        std::vector<std::string> files;  ///< "< in.txt", "> out.txt", ">> log", "2> errors"
    };
    struct Edge {
        int from = 0;
        int to = 0;
        int port = 0;        ///< edges with the same node and port leave it at the same place
        std::string label;   ///< the channel, with the ports that are not stdout and stdin
        bool both = false;   ///< two-way: `from` asks, `to` answers
        bool order = false;  ///< no data: `to` starts when `from` has ended
    };
    std::string title;
    std::vector<Node> nodes;
    std::vector<Edge> edges;
};

Picture picture_of(const Plan& plan);

}  // namespace pipectl
