// What `pipectl ps`, `top`, `stop` and `signal` ask of a run; see control_server.hpp.

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>

#include "orchestrator/run/supervisor.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

std::string Supervisor::record_so_far() {
    if (!context_.observer.record) {
        return "{}\n";
    }
    const auto now = std::chrono::steady_clock::now();
    meter_.look(now);
    const std::chrono::duration<double> since = now - began_;
    return context_.observer.record(since.count(), meter_.seen());
}

void Supervisor::cancel(bool now) {
    act_on(SIGTERM, false);
    if (now) {
        director_.grace_over();
    }
    // a front that was stopped (Ctrl-Z) has to see the end
    ::syscall(SYS_pidfd_send_signal, front_.pidfd, SIGCONT, nullptr, 0);
    arm();
}

std::string Supervisor::signal_stages(const std::string& stage, int signal) {
    if (stage.empty() && (signal == SIGTSTP || signal == SIGCONT)) {
        act_on(signal, false);  // with all processes of the stages, and its clock
        arm();
        return {};
    }
    std::vector<std::string> names;
    bool sent = false;
    for (std::size_t i = 0; i < children_.size(); ++i) {
        const Process& process = plan_.processes[i];
        if (process.role != Role::stage) {
            continue;
        }
        names.push_back(process.name);
        if (stage.empty() || stage == process.name) {
            if (children_[i].pid > 0) {
                send_signal(static_cast<int>(i), signal);
                sent = true;
            } else if (!stage.empty()) {
                return "stage '" + stage + "' has ended";
            }
        }
    }
    if (sent) {
        return {};
    }
    return stage.empty() ? "all its stages have ended"
                         : "it has no stage '" + stage + "'" + did_you_mean(stage, names);
}

}  // namespace pipectl
