#include "orchestrator/report/words.hpp"

namespace pipectl {

const char* word_of(CancelBegan::Why why) {
    switch (why) {
        case CancelBegan::Why::failure: return "failure";
        case CancelBegan::Why::run_timeout: return "run-timeout";
        case CancelBegan::Why::stage_timeout: return "stage-timeout";
        case CancelBegan::Why::idle_timeout: return "idle-timeout";
        case CancelBegan::Why::signal: return "signal";
        case CancelBegan::Why::internal: return "internal";
    }
    return "?";
}

}  // namespace pipectl
