#include "orchestrator/director/restarts.hpp"

#include <algorithm>

namespace pipectl {

namespace {

using namespace std::chrono_literals;

/// Delays double up to this, or to the first one where that is longer.
constexpr RunTime kLongestDelay = 1min;
/// One that has run for so long had no trouble with its start: the next delay is the first again.
constexpr RunTime kSettled = 1min;

}  // namespace

Restarts::Restarts(Roster& roster, const Facts& facts, Agenda<Due>& agenda,
                   const Departures& departures)
    : roster_(roster), facts_(facts), agenda_(agenda), departures_(departures) {}

bool Restarts::may_come() const {
    for (std::size_t i = 0; i < roster_.entries.size(); ++i) {
        const Roster::State state = roster_.entries[i].state;
        if (roster_.plan.processes[i].restart && state != Roster::State::pending &&
            state != Roster::State::judged) {
            return true;
        }
    }
    return false;
}

bool Restarts::wanted(int process, bool well) const {
    const auto& policy = roster_.process(process).restart;
    const Roster::Entry& entry = roster_.of(process);
    if (!policy || entry.told_of_cut || (policy->max && entry.restarts >= *policy->max)) {
        return false;
    }
    return !well ||
           (policy->always && !facts_.input_over(process) && !departures_.all_left(process, false));
}

void Restarts::rest(int process, RunTime now, Actions& actions) {
    const RunTime first = roster_.process(process).restart->delay;
    Roster::Entry& entry = roster_.of(process);
    if (entry.restarts == 0 || now - entry.started_at >= kSettled) {
        entry.delay = first;
    }
    ++entry.restarts;
    entry.state = Roster::State::resting;
    actions.push_back(action::Tell{RestartPlanned{
        process, entry.restarts, std::chrono::duration<double>(entry.delay).count()}});
    agenda_.add(now + entry.delay, due::Restart{process});
    entry.delay = std::min(2 * entry.delay, std::max(first, kLongestDelay));
}

}  // namespace pipectl
