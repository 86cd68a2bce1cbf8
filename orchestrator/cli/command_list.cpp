#include "orchestrator/cli/command_list.hpp"

#include <array>

namespace pipectl {

// Each stands in commands/cmd_NAME.cpp.
extern const Command kRunCommand, kCheckCommand, kPlanCommand, kGraphCommand, kCompareCommand,
    kBenchCommand, kImportCommand, kExportCommand, kPsCommand, kTopCommand, kStopCommand,
    kSignalCommand, kHistoryCommand, kReportCommand, kIpcCommand, kSendCommand, kRecvCommand,
    kChannelsCommand, kDoctorCommand, kInitCommand, kSchemaCommand, kCompletionsCommand;

namespace {

constexpr std::array kCommands = {
    &kRunCommand,          //
    &kCheckCommand,        //
    &kPlanCommand,         //
    &kGraphCommand,        //
    &kCompareCommand,      //
    &kBenchCommand,        //
    &kImportCommand,       //
    &kExportCommand,       //
    &kPsCommand,           //
    &kTopCommand,          //
    &kStopCommand,         //
    &kSignalCommand,       //
    &kHistoryCommand,      //
    &kReportCommand,       //
    &kIpcCommand,          //
    &kSendCommand,         //
    &kRecvCommand,         //
    &kChannelsCommand,     //
    &kDoctorCommand,       //
    &kInitCommand,         //
    &kSchemaCommand,       //
    &kCompletionsCommand,  //
};

}  // namespace

CommandList all_commands() {
    return kCommands;
}

}  // namespace pipectl
