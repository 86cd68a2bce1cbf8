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
        std::string replicas{};          ///< "4 replicas"; empty: it is one process
        int host = 0;                    ///< of `hosts`

        /// What stands below it: replicas, files.
        [[nodiscard]] std::vector<std::string> lines() const;
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
    std::vector<std::string> hosts;  ///< their names, [0] is this machine; empty: all is here

    /// The name, with its host where that is another one: "order@w.2".
    [[nodiscard]] std::string full_name(const Node& node) const;
    /// The nodes of each host, where there are any.
    [[nodiscard]] std::vector<std::vector<int>> by_host() const;
};

Picture picture_of(const Plan& plan);

/// How pipectl gets there: "ssh user@node1", "slurm: node 2 of 4".
std::string engine_text(const Host& host);

/// "4 replicas", "a replica for each processor"
std::string replicas_text(const Replicas& replicas);

}  // namespace pipectl
