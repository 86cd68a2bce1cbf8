// pipectl history: the work of pipectl-history, a program of its own, so that the database does not
// cost every run a moment of its start-up.

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/own_program.hpp"

namespace pipectl {

int history_command(const std::vector<std::string>& words) {
    constexpr const char* kName = "pipectl-history";
    return become_program(find_own_program(kName), kName, words);
}

}  // namespace pipectl
