#pragma once

// A plan as a shell can bring it about: jobs, each a chain of commands joined by `|`, and FIFOs
// between them.
//
// What the planner's helpers do is done by nodes of their own kind (copy, merge, deal, hash,
// spool). open(2) of a FIFO waits for the other end, which is one more way to wait for a neighbour.
// A spool opens its input at once and its output when it has everything, and the planner's rule
// (plan/room.hpp) puts one on each way of a circle where it parts: so nobody waits in a circle.

#include <string>
#include <vector>

#include "orchestrator/plan/plan.hpp"

namespace pipectl {

struct ScriptNode {
    enum class Kind {
        stage,  ///< `process` is the stage
        copy,   ///< stdin to all outputs
        deal,   ///< lines of stdin in turn
        hash,   ///< lines of stdin by a field
        merge,  ///< all inputs, one after the other, to stdout
        spool,  ///< all of stdin, then stdout: room without bounds
        recv,   ///< an endpoint's receiving end
        send,   ///< its sending end
    };
    Kind kind = Kind::stage;
    int process = -1;                    ///< of Plan::processes; of a spool: whose output it holds
    std::vector<std::string> arguments;  ///< hash: the field; recv, send: as of the subcommand
    std::vector<int> inputs;             ///< of ScriptGraph::wires, in the order that they are read
    std::vector<int> outputs;            ///< the same for those that are written
};

struct Wire {
    int writer = -1;  ///< of ScriptGraph::nodes
    int reader = -1;
    int writer_number = 1;  ///< the descriptor at which it stands, in a stage
    int reader_number = 0;
    bool pipe = false;  ///< `|` from the writer's stdout to the reader's stdin; else a FIFO
    std::string name;   ///< a FIFO's own, unique: letters, digits, '-', '_', '.'
};

struct ScriptGraph {
    std::vector<ScriptNode> nodes;  ///< stages first, as in the definition
    std::vector<Wire> wires;
    std::vector<std::vector<int>> jobs;  ///< nodes from left to right; the last stage's job is last
};

/// `plan`: all of its links are pipes, and nothing is wrong with it.
ScriptGraph script_graph(const Plan& plan);

}  // namespace pipectl
