#include "orchestrator/cli/run_history.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <utility>

#include "orchestrator/cli/own_program.hpp"
#include "orchestrator/history/spool.hpp"
#include "orchestrator/process/spawn.hpp"

namespace pipectl {

namespace {

/// Runs that took less are not compared.
constexpr double kLongS = 1;

/// Has pipectl-history say whether the run was slow, and waits for it.
void compare_with_earlier(const std::string& run) {
    const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    SpawnRequest request;
    request.program = find_own_program("pipectl-history");
    request.argv = {"pipectl-history", "--when-slow", run};
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        request.environment.emplace_back(*entry);
    }
    request.descriptors = {{0, null.get()}, {1, null.get()}, {2, STDERR_FILENO}};
    if (request.program.empty()) return;
    const SpawnResult result = spawn(request);
    if (result.process) {
        while (::waitpid(result.process->pid, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
}

}  // namespace

void remember_run(const RunOptions& options, const Summary& summary) noexcept {
    try {
        const std::string folder = history::folder();
        if (folder.empty()) return;
        const std::string& path = options.file.empty() ? options.script : options.file;
        history::remember(folder, history::definition_of(path, summary), summary);
        const bool long_and_well =
            summary.wall_s >= kLongS && summary.end && summary.end->verdict == Verdict::ok;
        if (long_and_well &&
            (options.summary || (!options.quiet && ::isatty(STDERR_FILENO) == 1))) {
            compare_with_earlier(summary.run);
        }
    } catch (const std::exception&) {
        return;
    }
}

}  // namespace pipectl
