// pipectl-history: `pipectl history`, and the look that a long run takes at its past when it ends.

#include <signal.h>

#include <exception>
#include <string>
#include <vector>

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/history/when_slow.hpp"

int main(int argc, char** argv) {
    ::signal(SIGXFSZ, SIG_IGN);  // past RLIMIT_FSIZE, write(2) is to fail and not to kill
    try {
        const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
        if (words.size() == 2 && words.front() == "--when-slow") {
            pipectl::tell_when_slow(words.back());
            return 0;
        }
        return pipectl::history_command(words);
    } catch (const std::exception& error) {
        return pipectl::own_error(error.what());
    }
}
