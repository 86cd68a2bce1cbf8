#pragma once

// The stages that a shell's text asks for while they are being found, and the definition they make.
//
// A stage is known by its number until all are there: then each gets a name from its program, and
// what reads the stage above it needs no word for that.

#include <string>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/shell/syntax/syntax.hpp"

namespace pipectl::shell {

/// What can be read: a port of a stage, or a named pipe whose writer may still be unknown.
struct Source {
    int node = -1;
    std::string port = "stdout";
    int fifo = -1;  ///< index of Graph::fifos; `node` is -1
};

struct Node {
    Stage stage;               ///< its name and all that feeds it are filled in at the end
    std::string label;         ///< what it is named after
    Range range;               ///< in the text
    bool inherits = false;     ///< stdin is the caller's
    std::vector<Source> from;  ///< what feeds its stdin
    struct Input {
        std::string port;
        std::vector<Source> sources;
    };
    std::vector<Input> inputs;
    /// It starts after another node has ended: however that is, or only when it ended well.
    struct Order {
        int node = -1;
        bool ended = true;
    };
    std::vector<Order> after;
    bool main = false;   ///< one of the text's own pipelines: its status may count
    bool lines = false;  ///< several sources are taken as they come
};

/// A named pipe, which becomes an edge.
struct Fifo {
    std::string path;
    Range place;  ///< where it is first named
    std::vector<Source> writers;
    std::vector<Range> readers;
    bool written = false;  ///< a redirection or a `tee` writes it: other words read it
    bool shared = false;   ///< a temporary file: any number may read it
};

/// Adds it, unless there is one of that path.
void add_pipe(std::vector<Fifo>& pipes, Fifo pipe);

struct Graph {
    std::vector<Node> nodes;
    std::vector<Fifo> fifos;

    /// The number of the pipe, or -1.
    [[nodiscard]] int find_fifo(const std::string& path) const;

    /// What stands behind a source: never a FIFO that has a writer.
    [[nodiscard]] std::vector<Source> resolve(const std::vector<Source>& sources) const;

    /// A stage that is fed, in the end, by itself; -1: there is none.
    [[nodiscard]] int cycle() const;

    /// Puts a stage behind all others: by the shell's rules the last one's status counts.
    void move_to_end(int node);
};

/// Names and wires the stages. `text` is where their places lie.
Definition make_definition(const Graph& graph, std::string_view text);

/// A text as a name of a stage: "g++" is "g"; never empty.
std::string stage_label(std::string_view program);

}  // namespace pipectl::shell
