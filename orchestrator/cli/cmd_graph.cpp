// pipectl graph: the pipeline as a picture.

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/draw/render_graph.hpp"

namespace pipectl {

namespace {

constexpr CommandHelp kGraphHelp = {
    "graph", "[OPTIONS] FILE", "Show the pipeline as a picture. Starts nothing.",
    "  pipectl graph backup.toml\n"
    "  pipectl graph backup.toml --format svg > backup.svg\n"
    "  pipectl graph backup.toml --format dot | dot -Tpng > backup.png\n",
    "FILE '-' is stdin. Exit status: 0, or 125 when the definition has errors.\n"};

}  // namespace

int graph_command(const std::vector<std::string>& words) {
    PlanOptions options;
    std::string file;
    std::string format = "ascii";
    Arguments arguments(kGraphHelp);
    options.declare(arguments, true);
    arguments.choice("--format", format, {"ascii", "dot", "mermaid", "svg"}, "default: ascii");
    arguments.file(file);
    if (const auto status = arguments.parse(words)) {
        return *status;
    }
    auto request = options.request(kGraphHelp);
    if (!request) {
        return kOwnError;
    }
    request->allow_missing_parameters = true;
    const Loaded loaded = load(file, std::move(*request));
    show_diagnostics(loaded.source, loaded.diagnostics, options.colour);
    if (!loaded.ok()) {
        return kOwnError;
    }
    return print(render_graph(loaded.plan, format));
}

}  // namespace pipectl
