#include "orchestrator/run/event.hpp"

namespace pipectl {

const char* verdict_name(Verdict verdict) {
    switch (verdict) {
        case Verdict::not_started: return "not started";
        case Verdict::ok: return "ok";
        case Verdict::failed: return "failed";
        case Verdict::cut: return "cut";
        case Verdict::timeout: return "timeout";
        case Verdict::cancelled: return "cancelled";
    }
    return "?";
}

}  // namespace pipectl
