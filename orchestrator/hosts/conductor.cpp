#include "orchestrator/hosts/conductor.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "stages/base/units.hpp"

namespace pipectl::hosts {

const char* state_name(HostState state) {
    switch (state) {
        case HostState::starting: return "starting";
        case HostState::looked: return "looked";
        case HostState::wired: return "wired";
        case HostState::running: return "running";
        case HostState::over: return "over";
        case HostState::prepared: return "prepared";
        case HostState::settled: return "settled";
        case HostState::refused: return "refused";
        case HostState::lost: return "lost";
    }
    return "?";
}

Conductor::Conductor(std::vector<std::string> names, HostTime lease,
                     std::optional<HostTime> start_timeout)
    : lease_(lease), start_timeout_(start_timeout) {
    for (std::string& name : names) {
        hosts_.push_back({std::move(name), HostState::starting, {}});
    }
}

Deeds Conductor::on(HostTime now, const Heard& what) {
    assert(now >= now_);
    now_ = now;
    deeds_.clear();
    std::visit(
        [&](const auto& each) {
            if constexpr (requires { each.host; }) {
                if (!hears(each.host)) return;  // the late word of a host that was given up
                hosts_[each.host].heard_at = now;
            }
            take(each);
        },
        what);
    return std::move(deeds_);
}

bool Conductor::hears(int host) const {
    const HostState state = hosts_[host].state;
    return state != HostState::lost && state != HostState::refused;
}

std::optional<HostTime> Conductor::next() const {
    if (finished() || stopped_) return std::nullopt;
    // Nobody knows how long another machine takes to look, so before the start only all of it
    // counts.
    if (!started()) return start_timeout_;
    std::optional<HostTime> first;
    for (std::size_t i = 1; i < hosts_.size(); ++i) {
        const Entry& host = hosts_[i];
        if (!hears(static_cast<int>(i)) || host.state == HostState::settled) continue;
        const HostTime when = host.heard_at + lease_;
        if (!first || when < *first) first = when;
    }
    return first;
}

// --- the start

void Conductor::take(const heard::Ready& what) {
    hosts_[what.host].state = std::max(hosts_[what.host].state, HostState::looked);
    go_on();
}

void Conductor::take(const heard::Refused& what) {
    if (phase_ > Phase::wiring) return;
    hosts_[what.host].state = HostState::refused;
    go_on();
}

void Conductor::take(const heard::Wired& what) {
    hosts_[what.host].state = std::max(hosts_[what.host].state, HostState::wired);
    go_on();
}

/// All hosts have come to the next step of the start, or one of them never will. Those that can
/// still say what is wrong with them are waited for: the user is told everything at once.
void Conductor::go_on() {
    if (phase_ > Phase::wiring) return;
    const bool failed = any_is(HostState::refused) || any_is(HostState::lost);
    if (phase_ == Phase::starting && all_are_at_least(HostState::looked)) {
        if (failed) {
            phase_ = Phase::given_up;
            deeds_.emplace_back(deed::GiveUp{});
            return;
        }
        phase_ = Phase::wiring;
        deeds_.emplace_back(deed::Wire{});
    }
    if (phase_ != Phase::wiring) return;
    if (failed) {
        phase_ = Phase::given_up;
        deeds_.emplace_back(deed::GiveUp{});
    } else if (all_are_at_least(HostState::wired)) {
        phase_ = Phase::running;
        for (std::size_t i = 1; i < hosts_.size(); ++i) {
            hosts_[i].state = HostState::running;
            hosts_[i].heard_at = now_;
        }
        deeds_.emplace_back(deed::Start{});
    }
}

// --- lost

void Conductor::take(const heard::Gone& what) {
    if (hosts_[what.host].state != HostState::settled) {
        lose(what.host, "host '" + hosts_[what.host].name + "' was lost: " + what.how);
    }
}

void Conductor::take(const heard::TimePassed& /*what*/) {
    if (finished() || stopped_) return;
    if (!started() && (!start_timeout_ || now_ < *start_timeout_)) return;
    for (std::size_t i = 1; i < hosts_.size(); ++i) {
        const int host = static_cast<int>(i);
        const Entry& entry = hosts_[i];
        if (!hears(host) || entry.state == HostState::settled) continue;
        if (!started()) {
            const bool behind =
                entry.state < (phase_ == Phase::starting ? HostState::looked : HostState::wired);
            using Milliseconds = std::chrono::milliseconds;
            if (behind) {
                lose(host, "host '" + entry.name + "' is not ready after " +
                               duration_literal(std::chrono::duration_cast<Milliseconds>(now_)) +
                               (entry.state == HostState::looked ? ": no way to or from it" : ""));
            }
        } else if (now_ - entry.heard_at >= lease_) {
            lose(host, "nothing was heard from host '" + entry.name + "' for " +
                           duration_literal(
                               std::chrono::duration_cast<std::chrono::milliseconds>(lease_)));
        }
    }
}

void Conductor::lose(int host, const std::string& why) {
    hosts_[host].state = HostState::lost;
    deeds_.emplace_back(deed::Lose{host, why});
    if (phase_ <= Phase::wiring) {
        go_on();
    } else if (phase_ == Phase::preparing) {
        settle(false);
    } else if (phase_ == Phase::settling) {
        if (commits_) unknown_.push_back(host);
        settle(commits_);
    }
}

void Conductor::take(const heard::Stopped& /*what*/) {
    stopped_ = true;
}

void Conductor::take(const heard::Continued& /*what*/) {
    stopped_ = false;
    for (Entry& host : hosts_) {
        host.heard_at = now_;
    }
}

// --- the end

void Conductor::take(const heard::Over& what) {
    hosts_[what.host].state = std::max(hosts_[what.host].state, HostState::over);
}

void Conductor::take(const heard::RunOver& what) {
    hosts_[0].state = HostState::over;
    if (phase_ != Phase::running) return;
    if (!what.well || any_is(HostState::lost)) {
        settle(false);
        return;
    }
    phase_ = Phase::preparing;
    deeds_.emplace_back(deed::Prepare{});
}

void Conductor::take(const heard::Interrupted& /*what*/) {
    if (phase_ == Phase::preparing) settle(false);
}

void Conductor::take(const heard::Prepared& what) {
    if (phase_ != Phase::preparing) return;
    if (!what.well) {
        settle(false);
        return;
    }
    hosts_[what.host].state = HostState::prepared;
    if (hosts_[0].state == HostState::prepared && all_are_at_least(HostState::prepared)) {
        settle(true);
    }
}

void Conductor::take(const heard::Settled& what) {
    if (phase_ != Phase::settling) return;
    hosts_[what.host].state = HostState::settled;
    if (what.host != 0) deeds_.emplace_back(deed::Bye{what.host});
    settle(commits_);
}

/// Begins the last step, or ends it when all have taken it.
void Conductor::settle(bool commit) {
    if (phase_ < Phase::settling) {
        phase_ = Phase::settling;
        commits_ = commit;
        commit ? deeds_.emplace_back(deed::Commit{}) : deeds_.emplace_back(deed::RollBack{});
    }
    if (phase_ == Phase::settling && hosts_[0].state == HostState::settled &&
        all_are_at_least(HostState::settled)) {
        phase_ = Phase::finished;
        deeds_.emplace_back(deed::Finished{commits_, unknown_});
    }
}

/// Of the others; those that are refused or lost have passed every state.
bool Conductor::all_are_at_least(HostState state) const {
    return std::all_of(hosts_.begin() + 1, hosts_.end(),
                       [&](const Entry& each) { return each.state >= state; });
}

bool Conductor::any_is(HostState state) const {
    return std::ranges::any_of(hosts_, [&](const Entry& each) { return each.state == state; });
}

}  // namespace pipectl::hosts
