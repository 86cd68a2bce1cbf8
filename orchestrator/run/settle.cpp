#include "orchestrator/run/settle.hpp"

#include "stages/base/own_status.hpp"

namespace pipectl {

void settle_outputs(OutputSet& outputs, Director::Outcome& outcome,
                    const std::function<void(decltype(Event::what))>& tell) {
    const bool success = outcome.exit == 0 && outcome.signal == 0;
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
