#include "orchestrator/run/asked.hpp"

#include <signal.h>
#include <unistd.h>

#include <vector>

#include "orchestrator/run/words_so_far.hpp"
#include "stages/base/pidfd.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

std::string AskedRun::words_so_far(const std::string& stage) {
    return render_words(run_.plan, run_.stages, run_.outputs, stage);
}

void AskedRun::cancel(bool now) {
    run_.happened(occurrence::CancelAsked{now});
    run_.clock.resume(std::chrono::steady_clock::now());
    // a front that was stopped (Ctrl-Z) has to see the end
    signal_process(run_.front, SIGCONT);
}

std::string AskedRun::signal_stages(const std::string& stage, int signal) {
    if (stage.empty() && (signal == SIGTSTP || signal == SIGCONT)) {
        run_.signals.act_on(signal);  // with all processes of the stages, and its clock
        return {};
    }
    std::vector<std::string> names;
    bool sent = false;
    for (std::size_t i = 0; i < run_.plan.processes.size(); ++i) {
        const Process& process = run_.plan.processes[i];
        if (process.role != Role::stage) {
            continue;
        }
        names.push_back(process.name);
        if (!stage.empty() && stage != process.name) {
            continue;
        }
        const int index = static_cast<int>(i);
        const bool is_far = process.argv.empty();  // another host's, which knows
        if (run_.children.pid(index) > 0 || is_far) {
            run_.send(index, signal);
            sent = true;
        } else if (!stage.empty()) {
            return "stage '" + stage + "' has ended";
        }
    }
    if (sent) {
        return {};
    }
    return stage.empty() ? "all its stages have ended"
                         : "it has no stage '" + stage + "'" + did_you_mean(stage, names);
}

}  // namespace pipectl
