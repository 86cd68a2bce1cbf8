#include "orchestrator/cli/command_options.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/process/spawn.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kLongestAnswer = 1 << 20;

/// What this program prints when it is started with these words.
std::string answer_to(std::vector<std::string> words) {
    PipeEnds pipe = make_pipe();
    const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    SpawnRequest request;
    request.program = "/proc/self/exe";
    request.argv = std::move(words);
    request.argv.insert(request.argv.begin(), "pipectl");
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        request.environment.emplace_back(*entry);
    }
    request.descriptors = {{0, null.get()}, {1, pipe.writer.get()}, {2, null.get()}};
    const SpawnResult result = spawn(request);
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

}  // namespace

std::vector<CommandOption> options_of(std::string_view command) {
    std::vector<CommandOption> options;
    std::istringstream lines(answer_to({std::string(command), std::string(kListOptions)}));
    for (std::string line; std::getline(lines, line);) {
        const std::size_t first = line.find('\t');
        const std::size_t second = line.find('\t', first + 1);
        if (second == std::string::npos) continue;
        options.push_back({line.substr(0, first), line.substr(first + 1, second - first - 1),
                           line.substr(second + 1)});
    }
    return options;
}

std::string help_of(std::string_view command) {
    return answer_to({std::string(command), "--help"});
}

std::string list_of_past_runs() {
    return answer_to({"history", "--limit", "50", "--color", "never"});
}

}  // namespace pipectl
