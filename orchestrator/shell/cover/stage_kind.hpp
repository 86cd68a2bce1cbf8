#pragma once

// Which commands of a pipeline are programs, and which only the shell can run. Internal to this
// folder.

#include <string>

#include "orchestrator/shell/cover/text_facts.hpp"
#include "orchestrator/shell/syntax/syntax.hpp"

namespace pipectl::shell {

/// Why the command is no program whose words can stand behind `pipectl pipe`; empty: it is one.
std::string why_no_program(const Command& command, const TextFacts& facts);

/// Why not even the shell can run it as a stage that tells how it ended; empty: it can.
std::string why_no_shell_stage(std::string_view text, const Command& command,
                               const TextFacts& facts);

/// It can stand before the programs of a pipeline in the shell itself: it cannot fail, so nobody
/// needs its status.
bool only_prints(const Command& command);

/// It can stand behind them: it reads, and says nothing about them.
bool only_reads(const Command& command);

}  // namespace pipectl::shell
