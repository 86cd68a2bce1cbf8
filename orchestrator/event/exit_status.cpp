#include "orchestrator/event/exit_status.hpp"

#include <sys/wait.h>

#include "stages/base/signal_name.hpp"

namespace pipectl {

ExitStatus ExitStatus::from_wait(int wait_status) {
    ExitStatus status;
    if (WIFSIGNALED(wait_status)) {
        status.signal = WTERMSIG(wait_status);
        status.core = WCOREDUMP(wait_status);
    } else {
        status.code = WEXITSTATUS(wait_status);
    }
    return status;
}

std::string describe(const ExitStatus& status) {
    if (status.signal == 0) {
        return "exited with status " + std::to_string(status.code);
    }
    return "was ended by " + signal_name(status.signal) + (status.core ? " (core dumped)" : "");
}

}  // namespace pipectl
