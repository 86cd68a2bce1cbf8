#include "orchestrator/director/ending.hpp"

#include <algorithm>
#include <csignal>

namespace pipectl {

namespace {

using namespace std::chrono_literals;

/// How long processes that outlived their stages have between SIGTERM and SIGKILL, at most.
constexpr RunTime kLeftoverGrace = 1s;
constexpr RunTime kLookAgain = 20ms;

}  // namespace

Ending::Ending(Roster& roster, Facts& facts, Agenda<Due>& agenda)
    : roster_(roster), facts_(facts), agenda_(agenda) {}

void Ending::cancel(int signal, const std::vector<bool>& reached, RunTime now, Actions& actions) {
    for (std::size_t i = 0; i < roster_.entries.size(); ++i) {
        const int process = static_cast<int>(i);
        Roster::Entry& entry = roster_.entries[i];
        if (entry.state != Roster::State::running) {
            continue;
        }
        const bool has_it = i < reached.size() && reached[i];
        // What has ended by itself in the meantime is judged by that.
        entry.told_to_end = has_it || !facts_.is_exiting(process);
        if (!has_it) {
            const Process& what = roster_.process(process);
            const int own = signal != 0 && !what.cancel_signal ? signal : what.cancel();
            actions.push_back(action::SendSignal{process, own});
        }
        actions.push_back(action::SendSignal{process, SIGCONT});
    }
    agenda_.add(now + roster_.plan.grace, due::GraceOver{});
}

void Ending::send_all(int signal, Actions& actions) const {
    for (std::size_t i = 0; i < roster_.entries.size(); ++i) {
        if (roster_.entries[i].state == Roster::State::running) {
            actions.push_back(action::SendSignal{static_cast<int>(i), signal});
        }
    }
}

void Ending::kill(RunTime now, Actions& actions) {
    if (!killed_ || calm_) {
        killed_ = true;
        calm_ = false;
        send_all(SIGKILL, actions);
        agenda_.add(now + kLookAgain, due::KillAgain{});
    }
    actions.push_back(action::KillAll{});
}

void Ending::kill_again(RunTime now, Actions& actions) {
    if (!over_ && !calm_) {
        actions.push_back(action::KillAll{});
        agenda_.add(now + kLookAgain, due::KillAgain{});
    }
}

void Ending::confirm(due::ConfirmSignal what, Actions& actions) const {
    if (!facts_.reached_group(what.signal)) {
        send_all(what.signal, actions);
    }
}

bool Ending::is_over(RunTime now, Actions& actions) {
    const Facts::Leftovers left = facts_.leftovers();
    if (!leftovers_told_ && !left.found.empty()) {
        leftovers_told_ = true;
        for (const LeftoverFound& one : left.found) {
            actions.push_back(action::Tell{one});
        }
        if (left.unwanted) {
            calm_ = false;
            actions.push_back(action::EndLeftovers{});
            agenda_.add(now + std::min<RunTime>(roster_.plan.grace, kLeftoverGrace),
                        due::KillAgain{});
        }
    }
    // Children that the walk did not find are about to be found: their parents have just ended.
    over_ = !left.children || (!left.unwanted && !left.found.empty());
    if (!over_) {
        agenda_.add(now + kLookAgain, due::LookForEnd{});
    }
    return over_;
}

}  // namespace pipectl
