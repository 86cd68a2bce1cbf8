// pipectl plan: what would be started.

#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/plan_options.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/draw/render_plan.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kPlanOptions[] = {
    kSetOption,    kViaOption,    kTimeoutOption,  kHostsOption,
    kColourOption, kFormatOption, kAsFormatOption,
};

constexpr CommandOperand kPlanOperands[] = {{"FILE", CommandOperand::Count::one, complete_files}};

int plan_command(const Given& given);

}  // namespace

extern constexpr Command kPlanCommand = {
    .name = "plan",
    .takes = "FILE",
    .brief = "what would be started",
    .usage = "[OPTIONS] FILE",
    .summary =
        "Show what would be started: processes, descriptors, channels, helpers. Starts nothing.",
    .examples = R"(
  pipectl plan backup.toml
  pipectl plan backup.toml --via tcp
  pipectl plan backup.toml --format json | jq '.processes[].argv'
)",
    .help = R"(
A parameter that is required and not set is shown as itself. FILE '-' is stdin.
Exit status: 0, or 125 when the definition has errors.
)",
    .options = kPlanOptions,
    .operands = kPlanOperands,
    .run = plan_command,
};

namespace {

int plan_command(const Given& given) {
    return with_plan(given, [&](const Plan& plan) {
        return print(given.json() ? render_plan_json(plan) : render_plan_text(plan));
    });
}

}  // namespace

}  // namespace pipectl
