// pipectl node: the part of a run on another host. Not for people, who start it by hand only to see
// whether it is there.

#include "orchestrator/command/command.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/hosts/node.hpp"

namespace pipectl {

namespace {

int node_command(const Given& given);

constexpr CommandOption kNodeOptions[] = {
    {"--edge", {}, "carry one edge for a host that cannot be reached otherwise"},
};

}  // namespace

extern constexpr Command kNodeCommand = {
    .name = "node",
    .brief = "the part of a run on another host (started by `run`)",
    .usage = "",
    .summary = "Run what another pipectl asks for: the part of a run on this host.",
    .examples = R"(
  pipectl node < /dev/null      # says its build, and ends
)",
    .help = R"(
`pipectl run` starts this on every host of a definition ([hosts.NAME]), by ssh or another engine,
and talks to it over stdin and stdout. It starts the stages of its host and says what becomes of
them. When stdin ends, or nothing is heard for a lease, it ends what it has started and leaves all
files as they were.

Exit status: what became of its part; 99 when the one who asked has gone.
)",
    .options = kNodeOptions,
    .hidden = true,
    .run = node_command,
};

namespace {

int node_command(const Given& given) {
    return given.has("--edge") ? hosts::run_edge() : hosts::run_node();
}

}  // namespace

}  // namespace pipectl
