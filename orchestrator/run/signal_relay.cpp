#include "orchestrator/run/signal_relay.hpp"

#include <csignal>

namespace pipectl {

namespace {

// The two copies are apart by how long the front took to pass its own on: long on a busy machine,
// longer when it was stopped. Each own copy answers for one that is passed on, so waiting long for
// it takes nothing from later signals.
constexpr auto kSameSignal = std::chrono::seconds(10);
// A program that signals one and then all does so in one go.
constexpr auto kSameSender = std::chrono::seconds(1);

/// A stop discards a pending continue and the other way round, signal(7): our own copy of the first
/// may be missing when the second came soon. What the front passes on of the first is old news
/// then.
int opposite_of(int signal) {
    return signal == SIGCONT ? SIGTSTP : signal == SIGTSTP ? SIGCONT : 0;
}

}  // namespace

bool SignalRelay::own_copy(int signal, pid_t sender, Time now) {
    Seen& seen = seen_.at(signal);
    const bool again = sender != 0 && seen.passed != Time{} && seen.passed_sender == sender &&
                       now - seen.passed < kSameSender;
    seen = {now, {}, 0, false, false};
    if (const int other = opposite_of(signal); other != 0) {
        seen_.at(other).own = {};
    }
    return !again;
}

bool SignalRelay::is_news(int signal, pid_t sender, Time now) {
    Seen& seen = seen_.at(signal);
    if (seen.own != Time{} && now - seen.own < kSameSignal) {
        seen = {{}, {}, 0, true, false};
        return false;
    }
    if (const int other = opposite_of(signal); other != 0) {
        Seen& overtaking = seen_.at(other);
        if (overtaking.own != Time{} && now - overtaking.own < kSameSignal &&
            !overtaking.has_overtaken) {
            overtaking.has_overtaken = true;
            return false;
        }
        overtaking.own = {};
    }
    seen = {{}, now, sender, false, false};
    return true;
}

bool SignalRelay::is_confirmed(int signal) const {
    return seen_.at(signal).confirmed;
}

}  // namespace pipectl
