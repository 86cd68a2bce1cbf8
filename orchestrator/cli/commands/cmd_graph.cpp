// pipectl graph: the pipeline as a picture.

#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/plan_options.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/draw/render_graph.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kGraphOptions[] = {
    kSetOption,      kHostsOption,  kViaOption,
    kTimeoutOption,  kColourOption, {"--format", kGraphFormats, "default: ascii"},
    kAsFormatOption,
};

constexpr CommandOperand kGraphOperands[] = {{"FILE", CommandOperand::Count::one, complete_files}};

int graph_command(const Given& given);

}  // namespace

extern constexpr Command kGraphCommand = {
    .name = "graph",
    .takes = "FILE",
    .brief = "the pipeline as a picture",
    .usage = "[OPTIONS] FILE",
    .summary = "Show the pipeline as a picture. Starts nothing.",
    .examples = R"(
  pipectl graph backup.toml
  pipectl graph backup.toml --format svg > backup.svg
  pipectl graph backup.toml --format dot | dot -Tpng > backup.png
)",
    .help = R"(
FILE '-' is stdin. Exit status: 0, or 125 when the definition has errors.
)",
    .options = kGraphOptions,
    .operands = kGraphOperands,
    .run = graph_command,
};

namespace {

int graph_command(const Given& given) {
    return with_plan(given, [&](const Plan& plan) {
        return print(render_graph(plan, given.json() ? "json" : given.value("--format")));
    });
}

}  // namespace

}  // namespace pipectl
