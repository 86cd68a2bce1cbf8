#include "orchestrator/cli/run_history.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <exception>
#include <utility>

#include "orchestrator/command/own_program.hpp"
#include "orchestrator/history/spool.hpp"
#include "orchestrator/process/spawn.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

/// Runs that took less are not compared.
constexpr double kLongS = 1;

/// A database that is locked, or on a disk that does not answer, is not waited for any longer.
constexpr int kPatienceMs = 2000;

/// Has pipectl-history say whether the run was slow, into a file: stderr may have a reader that
/// holds it up.
void compare_with_earlier(const std::string& run, Teller& teller) {
    const Fd null = open_null_device();
    const Fd said(::memfd_create("pipectl.history", MFD_CLOEXEC));
    SpawnRequest request;
    request.program = find_own_program("pipectl-history");
    request.argv = {"pipectl-history", "--when-slow", run};
    request.environment = environment_entries();
    request.descriptors = {{0, null.get()}, {1, null.get()}, {2, said.get()}};
    if (request.program.empty()) return;
    SpawnResult result = spawn(request);
    if (!result.process) return;
    pollfd ended{result.process->pidfd.get(), POLLIN, 0};
    if (::poll(&ended, 1, kPatienceMs) > 0) {
        result.process->wait();
    } else {
        result.process->end();
    }
    if (::lseek(said.get(), 0, SEEK_SET) == 0) {
        teller.say(read_all(said.get(), 1 << 16, "history"));
    }
}

}  // namespace

void remember_run(const RunOptions& options, const Summary& summary, Teller& teller) noexcept {
    try {
        const std::string folder = history::folder();
        if (folder.empty()) return;
        const std::string& path = options.file.empty() ? options.script : options.file;
        history::remember(folder, history::definition_of(path, summary), summary);
        const bool long_and_well =
            summary.wall_s >= kLongS && summary.end && summary.end->verdict == Verdict::ok;
        if (long_and_well &&
            (options.summary || (!options.quiet && ::isatty(STDERR_FILENO) == 1))) {
            compare_with_earlier(summary.run, teller);
        }
    } catch (const std::exception&) {
        return;
    }
}

}  // namespace pipectl
