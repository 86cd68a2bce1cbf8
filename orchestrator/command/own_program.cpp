#include "orchestrator/command/own_program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <utility>

#include "orchestrator/command/output.hpp"
#include "orchestrator/process/spawn.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kLongestAnswer = 1 << 20;

}  // namespace

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

std::string output_of_own_program(const std::string& name, std::vector<std::string> arguments) {
    PipeEnds pipe = make_pipe();
    const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    SpawnRequest request;
    request.program = find_own_program(name);
    request.argv = std::move(arguments);
    request.argv.insert(request.argv.begin(), name);
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        request.environment.emplace_back(*entry);
    }
    request.descriptors = {{0, null.get()}, {1, pipe.writer.get()}, {2, null.get()}};
    const SpawnResult result = request.program.empty() ? SpawnResult() : spawn(request);
    pipe.writer.reset();
    if (!result.process) {
        return {};
    }
    const std::string text = read_all(pipe.reader.get(), kLongestAnswer, "the answer");
    int status = 0;
    while (::waitpid(result.process->pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status == 0 ? text : std::string();
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
