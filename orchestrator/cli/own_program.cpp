#include "orchestrator/cli/own_program.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "orchestrator/cli/arguments.hpp"
#include "stages/base/error.hpp"

namespace pipectl {

std::string find_own_program(const std::string& name) {
    char text[PATH_MAX];
    const ssize_t length = ::readlink("/proc/self/exe", text, sizeof text);
    if (length <= 0) {
        return {};
    }
    const std::string self(text, static_cast<std::size_t>(length));
    const std::string folder = self.substr(0, self.rfind('/'));
    for (const char* place : {"/", "/../libexec/pipectl/"}) {
        std::string path = folder + place + name;
        if (::access(path.c_str(), X_OK) == 0) {
            return path;
        }
    }
    return {};
}

int become_program(const std::string& path, const std::string& name,
                   const std::vector<std::string>& arguments) {
    if (path.empty()) {
        return own_error("cannot find '" + name + "', which is a part of pipectl");
    }
    std::vector<std::string> words = {name};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::execv(path.c_str(), argv.data());
    return own_error("cannot execute '" + path + "': " + errno_text(errno));
}

}  // namespace pipectl
