#include "orchestrator/command/own_program.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "orchestrator/command/output.hpp"
#include "orchestrator/process/spawn.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kLongestAnswer = 1 << 20;

}  // namespace

std::string output_of_own_program(const std::string& name, std::vector<std::string> arguments) {
    PipeEnds pipe = make_pipe();
    const Fd null = open_null_device();
    SpawnRequest request;
    request.program = find_own_program(name);
    request.argv = std::move(arguments);
    request.argv.insert(request.argv.begin(), name);
    request.environment = environment_entries();
    request.descriptors = {{0, null.get()}, {1, pipe.writer.get()}, {2, null.get()}};
    SpawnResult result = request.program.empty() ? SpawnResult() : spawn(request);
    pipe.writer.reset();
    if (!result.process) {
        return {};
    }
    const std::string text = read_all(pipe.reader.get(), kLongestAnswer, "the answer");
    return result.process->wait() == ExitStatus() ? text : std::string();
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
