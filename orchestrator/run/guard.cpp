#include "orchestrator/run/guard.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace pipectl {

Guard::Guard() : lifeline_(make_pipe()) {}

void Guard::stay_in_front() {
    lifeline_.reader.reset();
}

void Guard::start(const std::string& helper, const std::string& run_id) {
    const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    SpawnRequest request;
    request.program = helper;
    request.argv = {"run-guard", "guard", run_id};
    if (const char* path = std::getenv("PATH")) {
        request.environment.push_back(std::string("PATH=") + path);
    }
    request.cwd = "/";
    request.descriptors = {{0, lifeline_.reader.get()}, {1, null.get()}, {2, null.get()}};
    SpawnResult result = spawn(request);
    if (result.process) {
        process_ = std::move(*result.process);
    }
    lifeline_.reader.reset();
}

void Guard::stop() {
    if (process_.pid > 0) {
        // Through its pidfd: it may have been reaped with the orphans, and its pid be another's.
        ::syscall(SYS_pidfd_send_signal, process_.pidfd.get(), SIGKILL, nullptr, 0);
        ::waitpid(process_.pid, nullptr, 0);
        process_ = {};
    }
}

}  // namespace pipectl
