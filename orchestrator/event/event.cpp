#include "orchestrator/event/event.hpp"

namespace pipectl {

const char* verdict_name(Verdict verdict) {
    switch (verdict) {
        case Verdict::not_started: return "not started";
        case Verdict::ok: return "ok";
        case Verdict::failed: return "failed";
        case Verdict::cut: return "cut";
        case Verdict::timeout: return "timeout";
        case Verdict::cancelled: return "cancelled";
        case Verdict::lost: return "lost";
    }
    return "?";
}

const char* exactness_name(Exactness exactness) {
    switch (exactness) {
        case Exactness::counted: return "counted";
        case Exactness::sampled: return "sampled";
        case Exactness::at_most: return "at most";
    }
    return "?";
}

const char* cache_name(CacheUsed::What what) {
    switch (what) {
        case CacheUsed::What::cached: return "cached";
        case CacheUsed::What::skipped: return "skipped";
        case CacheUsed::What::kept: return "kept";
        case CacheUsed::What::not_kept: return "not kept";
        case CacheUsed::What::left: return "left";
    }
    return "?";
}

const char* activity_name(Activity activity) {
    switch (activity) {
        case Activity::absent: return "absent";
        case Activity::running: return "running";
        case Activity::input: return "input";
        case Activity::output: return "output";
        case Activity::disk: return "disk";
        case Activity::sleeping: return "sleeping";
        case Activity::stopped: return "stopped";
    }
    return "?";
}

char activity_letter(Activity activity, bool holds_end_back) {
    const char letter = activity == Activity::stopped ? 't' : *activity_name(activity);
    return holds_end_back ? static_cast<char>(letter - 'a' + 'A') : letter;
}

}  // namespace pipectl
