// pipectl-history: `pipectl history`, and the look that a long run takes at its past when it ends.

#include <signal.h>

#include <exception>
#include <string>
#include <vector>

#include "orchestrator/cli/history/history_command.hpp"
#include "orchestrator/cli/history/history_value.hpp"
#include "orchestrator/cli/history/when_slow.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/command/parse_words.hpp"

int main(int argc, char** argv) {
    ::signal(SIGXFSZ, SIG_IGN);  // past RLIMIT_FSIZE, write(2) is to fail and not to kill
    try {
        const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
        if (words.size() == 2 && words.front() == "--when-slow") {
            pipectl::tell_when_slow(words.back());
            return 0;
        }
        constexpr const pipectl::Command& kCommand =
            pipectl::kHistoryValue<pipectl::history_command, nullptr>;
        return pipectl::run_command_words(kCommand, words);
    } catch (const std::exception& error) {
        return pipectl::own_error(error.what());
    }
}
