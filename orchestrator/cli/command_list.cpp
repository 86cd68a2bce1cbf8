#include "orchestrator/cli/command_list.hpp"

#include <array>

namespace pipectl {

// A command's one line outside of its own file, commands/cmd_NAME.cpp. The names are wanted twice,
// to be declared and to be listed, and only the preprocessor can say a name twice.
// clang-format off
#define PIPECTL_COMMANDS(command) \
    command(kRunCommand) \
    command(kPipeCommand) \
    command(kCheckCommand) \
    command(kTestCommand) \
    command(kPlanCommand) \
    command(kGraphCommand) \
    command(kCompareCommand) \
    command(kBenchCommand) \
    command(kImportCommand) \
    command(kExportCommand) \
    command(kPsCommand) \
    command(kTopCommand) \
    command(kLogsCommand) \
    command(kTapCommand) \
    command(kStopCommand) \
    command(kSignalCommand) \
    command(kHistoryCommand) \
    command(kReplayCommand) \
    command(kResumeCommand) \
    command(kReportCommand) \
    command(kCacheCommand) \
    command(kIpcCommand) \
    command(kHoldCommand) \
    command(kSendCommand) \
    command(kRecvCommand) \
    command(kChannelsCommand) \
    command(kDoctorCommand) \
    command(kNodeCommand) \
    command(kInitCommand) \
    command(kSchemaCommand) \
    command(kCompletionsCommand)
// clang-format on

#define PIPECTL_DECLARE(name) extern const Command name;
#define PIPECTL_ADDRESS(name) &(name),

PIPECTL_COMMANDS(PIPECTL_DECLARE)

namespace {

constexpr std::array kCommands = {PIPECTL_COMMANDS(PIPECTL_ADDRESS)};

}  // namespace

CommandList all_commands() {
    return kCommands;
}

}  // namespace pipectl
