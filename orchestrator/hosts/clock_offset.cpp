#include "orchestrator/hosts/clock_offset.hpp"

#include <algorithm>

namespace pipectl::hosts {

void ClockOffset::heard(double sent, double there, double received) {
    const double trip = std::max(0.0, received - sent);
    // clocks drift, so that an old trip is not better for ever
    if (offset_ && trip > best_trip_ && ++since_best_ < kBeats) return;
    offset_ = there - (sent + received) / 2;
    best_trip_ = trip;
    since_best_ = 0;
}

double ClockOffset::ours(double there, double earliest, double latest) const {
    return std::clamp(there - offset_.value_or(0), earliest, std::max(earliest, latest));
}

}  // namespace pipectl::hosts
