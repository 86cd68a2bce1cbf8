// pipectl channels: the kinds, what they can do, and this machine's limits.

#include "orchestrator/cli/render_channels.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/output.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kChannelsOptions[] = {
    kFormatOption,
    kAsFormatOption,
};

int channels_command(const Given& given);

}  // namespace

extern constexpr Command kChannelsCommand = {
    .name = "channels",
    .brief = "the kinds of channels and this machine's limits",
    .usage = "[OPTIONS]",
    .summary =
        "Show the kinds of channels with their options, and what this machine's kernel allows.",
    .examples = R"(
  pipectl channels
  pipectl channels --format json | jq -r '.channels[].name'
)",
    .help = R"(
A direct channel's ends are descriptors that every program can read and write; at each end of a
bridged one stands a process of pipectl's. Records: message bounds are kept.
)",
    .options = kChannelsOptions,
    .run = channels_command,
};

namespace {

int channels_command(const Given& given) {
    const std::vector<MachineLimit> limits = machine_limits();
    return print(given.json() ? render_channels_json(limits) : render_channels_text(limits));
}

}  // namespace

}  // namespace pipectl
