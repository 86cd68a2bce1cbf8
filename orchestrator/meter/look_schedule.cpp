#include "orchestrator/meter/look_schedule.hpp"

#include <algorithm>

namespace pipectl {

namespace {

using namespace std::chrono_literals;
using Duration = LookSchedule::Duration;

/// A look may take one part in so many of the time; in the first second, which is too short for a
/// share that small to give a picture, a little more.
constexpr int kCostShare = 400;
constexpr int kFirstCostShare = 100;
/// While somebody watches, who wants to see that it goes on.
constexpr int kLiveCostShare = 200;
/// Quiet looks until a pause: at 20, 40, 80 and 160 ms.
constexpr int kQuietLooks = 4;

Duration usual_pause(Duration since) {
    return since < 1s ? 20ms : since < 10s ? 50ms : since < 60s ? 100ms : since < 600s ? 250ms : 1s;
}

/// The longest pauses between looks at a run in which nothing moves.
Duration quiet_pause(int looks) {
    if (looks <= kQuietLooks) {
        return 20ms * (1 << (looks - 1));
    }
    // at 5 s, for a standstill, and at 10 s, for ends that are held back; then less and less often
    return std::min<Duration>(60s, 5s * (1 << std::clamp(looks - kQuietLooks - 2, 0, 4)));
}

}  // namespace

Duration LookSchedule::pause_after(Duration since, Duration cost, bool quiet) {
    quiet_looks_ = quiet ? quiet_looks_ + 1 : 0;
    Duration pause =
        std::max(usual_pause(since), (since < 1s ? kFirstCostShare : kCostShare) * cost);
    if (quiet_looks_ > 0) {
        pause = std::max(pause, quiet_pause(quiet_looks_));
    }
    return live_ ? std::min<Duration>(
                       pause, quiet ? 500ms : std::max<Duration>(100ms, kLiveCostShare * cost))
                 : pause;
}

bool LookSchedule::keeps(Duration since) {
    if (kept_ >= 0s && since - kept_ < std::max<Duration>(40ms, since / 200)) {
        return false;
    }
    kept_ = since;
    return true;
}

}  // namespace pipectl
