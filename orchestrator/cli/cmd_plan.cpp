// pipectl plan: what would be started.

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/draw/render_plan.hpp"

namespace pipectl {

namespace {

constexpr CommandHelp kPlanHelp = {
    "plan", "[OPTIONS] FILE",
    "Show what would be started: processes, descriptors, channels, helpers. Starts nothing.",
    "  pipectl plan backup.toml\n"
    "  pipectl plan backup.toml --via tcp\n"
    "  pipectl plan backup.toml --format json | jq '.processes[].argv'\n",
    "A parameter that is required and not set is shown as itself. FILE '-' is stdin.\n"
    "Exit status: 0, or 125 when the definition has errors.\n"};

}  // namespace

int plan_command(const std::vector<std::string>& words) {
    PlanOptions options;
    std::string file;
    std::string format = "text";
    Arguments arguments(kPlanHelp);
    options.declare(arguments, true);
    arguments.choice("--format", format, {"text", "json"}, "text is for people");
    arguments.file(file);
    if (const auto status = arguments.parse(words)) {
        return *status;
    }
    auto request = options.request(kPlanHelp);
    if (!request) {
        return kOwnError;
    }
    request->allow_missing_parameters = true;
    const Loaded loaded = load(file, std::move(*request));
    show_diagnostics(loaded.source, loaded.diagnostics, options.colour);
    if (!loaded.ok()) {
        return kOwnError;
    }
    return print(format == "json" ? render_plan_json(loaded.plan) : render_plan_text(loaded.plan));
}

}  // namespace pipectl
