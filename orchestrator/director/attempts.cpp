#include "orchestrator/director/attempts.hpp"

#include <algorithm>
#include <utility>

namespace pipectl {

namespace {

using namespace std::chrono_literals;

constexpr RunTime kLongestPause = 1h;

}  // namespace

std::optional<RunTime> Attempts::after(const Director::Outcome& outcome) {
    const bool again = outcome.verdict == Verdict::failed || outcome.verdict == Verdict::timeout;
    if (left_ == 0 || !again || outcome.signal != 0 || !outcome.message.empty() ||
        outcome.delivered) {
        return std::nullopt;
    }
    --left_;
    ++number_;
    return std::exchange(pause_, std::min(2 * pause_, std::max(pause_, kLongestPause)));
}

}  // namespace pipectl
