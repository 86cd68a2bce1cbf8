#include "orchestrator/run/settle.hpp"

#include <unistd.h>

namespace pipectl {

namespace {

constexpr int kOwnErrorStatus = 125;
/// How much of a failed stage's captured stderr is shown.
constexpr int kTailLines = 10;

}  // namespace

void settle_outputs(const Plan& plan, OutputSet& outputs, Director::Outcome& outcome,
                    const std::function<void(decltype(Event::what))>& tell) {
    const bool success = outcome.exit == 0 && outcome.signal == 0;
    if (!success && outcome.process >= 0) {
        const Process& failed = plan.processes[static_cast<std::size_t>(outcome.process)];
        for (const Descriptor& descriptor : failed.descriptors) {
            if (descriptor.number == STDERR_FILENO &&
                descriptor.what == Descriptor::What::output_file) {
                const auto index = static_cast<std::size_t>(descriptor.index);
                tell(StderrTail{outcome.process, outputs.tail(index, kTailLines)});
            }
        }
    }
    for (const OutputResult& result :
         success ? outputs.commit() : outputs.give_up(outcome.signal != 0)) {
        if (success && !result.error.empty() && outcome.exit == 0) {
            outcome.verdict = Verdict::failed;
            outcome.exit = kOwnErrorStatus;
            outcome.message = result.error;
        }
        tell(OutputDecided{result.path, result.replaced, result.error});
    }
}

}  // namespace pipectl
