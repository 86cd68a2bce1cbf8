// What the hosts of a run say to each other while it goes on, and how it ends on all of them.

#include <algorithm>
#include <csignal>
#include <string>
#include <utility>

#include "orchestrator/hosts/build_id.hpp"
#include "orchestrator/hosts/company.hpp"
#include "orchestrator/hosts/edge_end.hpp"
#include "orchestrator/run/refusal.hpp"
#include "stages/base/own_status.hpp"
#include "stages/base/signal_name.hpp"

namespace pipectl::hosts {

namespace {

using namespace std::chrono_literals;

/// What is told by an event of one process; -1: it is of none.
int process_of(const Event& event) {
    return std::visit(
        [](const auto& what) {
            if constexpr (requires { what.process; }) return what.process;
            return -1;
        },
        event.what);
}

}  // namespace

// --- in the supervisor

std::vector<OtherHosts::End> Company::begin(Ways ways) {
    ways_.emplace(std::move(ways));
    std::vector<Talk*> talks;
    for (std::size_t i = 1; i < members_.size(); ++i) {
        const int host = static_cast<int>(i);
        Session& session = *members_[i].session;
        talks.push_back(&session.talk());
        ways_->loop.on_readable(session.fd(), [this, host] { return read(host); });
    }
    // Time passed since all were wired: what the sessions have said meanwhile is read first.
    hear(heard::Continued{});
    pulse_ = std::make_unique<Pulse>(talks, plan_.lease / 4);
    std::vector<End> ends;
    for (const Crossing& each : crossings_) {
        if (each.writer != 0 && each.reader != 0) continue;
        ends.push_back(make_edge_end(plan_, each.link, each.writer == 0,
                                     connections_.take(each.link), each.secret, run_id_));
    }
    connections_.close();
    return ends;
}

std::optional<Loop::Time> Company::due() const {
    const auto next = conductor_.next();
    std::optional<Loop::Time> when;
    if (next) when = made_ + *next;
    if (kill_by_ && (!when || *kill_by_ < *when)) when = kill_by_;
    return when;
}

void Company::look() {
    if (const auto when = due(); !when || Clock::now() < *when) return;
    if (kill_by_ && Clock::now() >= *kill_by_) {
        kill_by_.reset();
        for (std::size_t i = 1; i < members_.size(); ++i) {
            const int host = static_cast<int>(i);
            const bool waits = std::ranges::any_of(
                plan_.processes, [&](const Process& each) { return each.host == host; });
            if (waits && conductor_.hears(host) && conductor_.state(host) < HostState::over) {
                hear(heard::Gone{host, "it did not end"});
            }
        }
    }
    // We may have been stopped ourselves: what was said meanwhile is heard before the silence is.
    for (std::size_t i = 1; i < members_.size(); ++i) {
        if (conductor_.hears(static_cast<int>(i))) (void)read(static_cast<int>(i));
    }
    hear(heard::TimePassed{});
}

void Company::kill() {
    if (kill_by_) return;
    kill_by_ = Clock::now() + 1s;
    send_all(message::Cancel{static_cast<int>(CancelBegan::Why::internal), 0, true});
}

bool Company::signal(int process, int signal) {
    if (is_here(process)) return false;
    const int host = plan_.processes[process].host;
    if (conductor_.hears(host)) {
        members_[host].session->talk().send(message::Signal{process, signal});
    }
    return true;
}

void Company::stopped(bool stopped) {
    if (stopped) {
        send_all(message::Stop{});
        hear(heard::Stopped{});
    } else {
        send_all(message::Continue{});
        hear(heard::Continued{});
    }
}

void Company::send_all(const Message& message) {
    for (std::size_t i = 1; i < members_.size(); ++i) {
        if (members_[i].session && conductor_.hears(static_cast<int>(i))) {
            members_[i].session->talk().send(message);
        }
    }
}

// --- what nodes say

void Company::take(int host, const Message& message) {
    std::visit(
        [&](const auto& what) {
            using What = std::remove_cvref_t<decltype(what)>;
            if constexpr (std::is_same_v<What, message::Ready>) {
                members_[host].ready = what;
                hear(heard::Ready{host});
            } else if constexpr (std::is_same_v<What, message::Up>) {
                up(what.link, host, what.error);
            } else if constexpr (std::is_same_v<What, message::Over>) {
                hear(heard::Over{host});
            } else if constexpr (std::is_same_v<What, message::Prepared>) {
                if (!what.well && trouble_.empty()) {
                    trouble_ = what.error + " (on host '" + name_of(host) + "')";
                }
                hear(heard::Prepared{host, what.well});
            } else if constexpr (std::is_same_v<What, message::Settled>) {
                hear(heard::Settled{host});
            } else if constexpr (std::is_same_v<What, message::Hello> ||
                                 std::is_same_v<What, message::Refused> ||
                                 std::is_same_v<What, message::Beat> ||
                                 std::is_same_v<What, message::Told>) {
                take(host, what);
            }
        },
        message);
}

void Company::take(int host, const message::Beat& what) {
    if (what.of_s >= 0) members_[host].clock.heard(what.of_s, what.now_s, now_s());
}

void Company::take(int host, const message::Told& what) {
    if (!ways_) return;
    Event event = events_.event_of(what.line);
    const double latest = now_s();
    const double began = latest - ways_->now_s();
    event.time_s =
        std::max(0.0, members_[host].clock.ours(event.time_s, started_at_s_, latest) - began);
    if (is_of(host, event)) take_event(host, std::move(event));
}

/// Nobody tells of other hosts' processes.
bool Company::is_of(int host, const Event& event) const {
    const auto there = [&](int process) {
        return process >= 0 && static_cast<std::size_t>(process) < plan_.processes.size() &&
               plan_.processes[process].host == host;
    };
    if (const auto* const seen = std::get_if<Sampled>(&event.what)) {
        return seen->processes.size() == plan_.processes.size() &&
               seen->filled.size() == plan_.edges.size();
    }
    if (const auto* const edge = std::get_if<EdgeAccounted>(&event.what)) {
        if (edge->edge < 0 || static_cast<std::size_t>(edge->edge) >= plan_.edges.size()) {
            return false;
        }
        const int link = plan_.edges[edge->edge].link;
        return link >= 0 && there(plan_.links[link].reader);
    }
    const int process = process_of(event);
    return std::holds_alternative<CancelBegan>(event.what) || process < 0 || there(process);
}

void Company::take_event(int host, Event event) {
    Member& member = members_[host];
    if (std::holds_alternative<RunStarted>(event.what) ||
        std::holds_alternative<RunEnded>(event.what) ||
        std::holds_alternative<AttemptFailed>(event.what)) {
        return;
    }
    if (auto* const seen = std::get_if<Sampled>(&event.what)) {
        member.seen = std::move(*seen);
        return;
    }
    if (const auto* const judged = std::get_if<ProcessJudged>(&event.what)) {
        heard_.push_back({judged->process, judged->verdict, statuses_[judged->process]});
        return;
    }
    if (const auto* const began = std::get_if<CancelBegan>(&event.what)) {
        CancelBegan why = *began;
        if (why.why == CancelBegan::Why::signal && !cancelled_) {
            why.why = CancelBegan::Why::internal;
            why.message =
                "pipectl on host '" + name_of(host) + "' was ended by " + signal_name(why.signal);
        } else if (why.why == CancelBegan::Why::internal) {
            why.message += " (on host '" + name_of(host) + "')";
        }
        ways_->happened(occurrence::FarCancelled{std::move(why),
                                                 member.start_failed.value_or(kOwnErrorStatus)});
        return;
    }
    if (const auto* const failed = std::get_if<StartFailed>(&event.what)) {
        member.start_failed = failed->status;
    } else if (const auto* const ended = std::get_if<ProcessEnded>(&event.what)) {
        statuses_[ended->process] = ended->status;
    }
    tell_(event);
}

// --- what is told here

RunObserver Company::watching(const RunObserver& observer) {
    tell_ = observer.on_event;
    RunObserver wrapped = observer;
    wrapped.on_event = [this](const Event& event) { tell_own(event); };
    if (observer.on_look) {
        wrapped.on_look = [this, on_look = observer.on_look](double time_s, const Sampled& seen) {
            Sampled all = seen;
            overlay(all);
            on_look(time_s, all);
        };
    }
    if (observer.record) {
        wrapped.record = [this, record = observer.record](double now, const Sampled& seen) {
            Sampled all = seen;
            overlay(all);
            return record(now, all);
        };
    }
    return wrapped;
}

/// What the other hosts saw of their processes the last time that they looked.
void Company::overlay(Sampled& seen) const {
    for (std::size_t i = 0; i < seen.processes.size() && i < plan_.processes.size(); ++i) {
        const auto& theirs = members_[plan_.processes[i].host].seen;
        if (theirs) seen.processes[i] = theirs->processes[i];
    }
    for (std::size_t i = 0; i < seen.filled.size() && i < plan_.edges.size(); ++i) {
        const int link = plan_.edges[i].link;
        if (link < 0) continue;
        const auto& theirs = members_[plan_.processes[plan_.links[link].reader].host].seen;
        if (theirs) seen.filled[i] = theirs->filled[i];
    }
}

void Company::tell_own(const Event& event) {
    if (const auto* const judged = std::get_if<ProcessJudged>(&event.what)) {
        const ExitStatus& status = statuses_[judged->process];
        const int host = plan_.processes[judged->process].host;
        const message::Far far{judged->process, static_cast<int>(judged->verdict), status.code,
                               status.signal};
        for (std::size_t i = 1; i < members_.size(); ++i) {
            const int other = static_cast<int>(i);
            if (other != host && conductor_.hears(other)) {
                members_[i].session->talk().send(far);
            }
        }
    } else if (const auto* const began = std::get_if<CancelBegan>(&event.what)) {
        if (!cancelled_) {
            send_all(message::Cancel{static_cast<int>(began->why), began->signal, false});
        }
        cancelled_ = *began;
    } else if (const auto* const ended = std::get_if<ProcessEnded>(&event.what)) {
        statuses_[ended->process] = ended->status;
    } else if (const auto* const account = std::get_if<ProcessAccounted>(&event.what)) {
        if (!is_here(account->process)) return;
    } else if (const auto* const edge = std::get_if<EdgeAccounted>(&event.what)) {
        const int link = plan_.edges[edge->edge].link;
        if (link >= 0 && !is_here(plan_.links[link].reader)) return;
    } else if (const auto* const start = std::get_if<RunStarted>(&event.what)) {
        Event whole = event;
        RunStarted all = start_of_run(plan_, start->run);
        all.started_at = start->started_at;
        for (std::size_t i = 0; i < plan_.hosts.size(); ++i) {
            const Engine* const engine = engine_of(plan_.hosts[i]);
            const ClockOffset& clock = members_[i].clock;
            all.hosts.push_back({plan_.hosts[i].name,
                                 engine != nullptr ? std::string(engine->name) : "",
                                 i == 0 ? machine_name() : members_[i].machine,
                                 clock.offset().value_or(0), clock.error()});
        }
        whole.what = std::move(all);
        tell_(whole);
        return;
    } else if (const auto* const seen = std::get_if<Sampled>(&event.what)) {
        Event whole = event;
        Sampled all = *seen;
        overlay(all);
        whole.what = std::move(all);
        tell_(whole);
        return;
    }
    tell_(event);
}

// --- deeds

void Company::carry(const Deeds& deeds) {
    for (const Deed& each : deeds) {
        std::visit([this](const auto& what) { perform(what); }, each);
    }
}

void Company::perform(const deed::Start& /*what*/) {
    started_at_s_ = now_s();
    if (!rehearses_) send_all(message::Start{});
}

void Company::perform(const deed::Lose& what) {
    if (members_[what.host].session) {
        members_[what.host].session->talk().close();
        members_[what.host].session->hang_up();
    }
    if (!ways_) {
        failures_.push_back(
            {-1,
             {.place = plan_.hosts[what.host].place, .message = what.why, .hint = {}},
             kOwnErrorStatus});
    } else if (settling_ != nullptr) {
        if (trouble_.empty()) trouble_ = what.why;
    } else {
        ways_->happened(occurrence::HostLost{what.host, what.why});
    }
}

}  // namespace pipectl::hosts
