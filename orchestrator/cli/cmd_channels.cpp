// pipectl channels: the kinds, what they can do, and this machine's limits.

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/render_channels.hpp"

namespace pipectl {

namespace {

constexpr CommandHelp kChannelsHelp = {
    "channels", "[OPTIONS]",
    "Show the kinds of channels with their options, and what this machine's kernel allows.",
    "  pipectl channels\n"
    "  pipectl channels --format json | jq -r '.channels[].name'\n",
    "A direct channel's ends are descriptors that every program can read and write; at each end of "
    "a\n"
    "bridged one stands a process of pipectl's. Records: message bounds are kept.\n"};

}  // namespace

int channels_command(const std::vector<std::string>& words) {
    std::string format = "text";
    Arguments arguments(kChannelsHelp);
    arguments.choice("--format", format, {"text", "json"}, "text is for people");
    if (const auto status = arguments.parse(words)) {
        return *status;
    }
    const std::vector<MachineLimit> limits = machine_limits();
    return print(format == "json" ? render_channels_json(limits) : render_channels_text(limits));
}

}  // namespace pipectl
