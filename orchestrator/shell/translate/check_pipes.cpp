#include "orchestrator/shell/translate/check_pipes.hpp"

#include <string>

namespace pipectl::shell {

std::vector<Refusal> check_pipes(const Graph& graph) {
    std::vector<Refusal> refusals;
    bool wired = true;
    for (const Fifo& fifo : graph.fifos) {
        if (fifo.writers.empty() || fifo.readers.empty()) {
            refusals.push_back(
                {fifo.place,
                 "nothing " + std::string(fifo.writers.empty() ? "writes" : "reads") + " the " +
                     (fifo.shared ? "temporary file '" : "named pipe '") + fifo.path + "'",
                 "an edge has a writer and a reader"});
            wired = false;
        } else if (fifo.readers.size() > 1 && !fifo.shared) {
            refusals.push_back({fifo.readers[1],
                                "the named pipe '" + fifo.path + "' has several readers",
                                "each byte would go to one of them, whichever is first"});
        }
    }
    if (const int node = wired ? graph.cycle() : -1; node >= 0) {
        refusals.push_back({graph.nodes[node].range,
                            "this command waits for its own output, through a named pipe",
                            "a pipeline must not have a cycle"});
    }
    return refusals;
}

}  // namespace pipectl::shell
