#include "orchestrator/cli/become_helper.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/run/preflight.hpp"
#include "stages/base/error.hpp"

namespace pipectl {

int become_helper(const std::vector<std::string>& arguments) {
    const std::string helper = find_helper(own_environment());
    if (helper.empty()) {
        return own_error("cannot find 'pipectl-helper', which is a part of pipectl");
    }
    std::vector<std::string> words = {"pipectl-helper"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::execv(helper.c_str(), argv.data());
    return own_error("cannot execute '" + helper + "': " + errno_text(errno));
}

}  // namespace pipectl
