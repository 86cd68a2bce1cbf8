#include "orchestrator/run/looks.hpp"

#include <algorithm>
#include <ctime>

namespace pipectl {

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// What a process's end may have set moving is worth a look before a long pause is over.
constexpr RunTime kAfterAnEnd = 20ms;
/// How long the readers of a process have to wait until it is asked whether it holds their end
/// back, and how long nothing else may have moved until that is worth a word.
constexpr Clock::duration kHeldBack = 1s;
constexpr Clock::duration kWorthAWord = 10s;

/// Of this thread. On a busy machine a look takes long without costing more.
Clock::duration processor_time() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Looks::Looks(const Plan& plan, const Preflight& preflight, const LinkSet& links,
             const RunObserver& observer, const Facts& facts, Time began)
    : plan_(plan),
      observer_(observer),
      facts_(facts),
      began_(began),
      inputs_(plan, preflight),
      meter_(plan, preflight.programs, links, began),
      schedule_(observer.live) {}

occurrence::Looked Looks::look(RunTime now) {
    const auto cost_before = processor_time();
    const auto at = Clock::now();
    meter_.look(at);
    Sampled seen = meter_.seen();
    const InputProgress::Position input = inputs_.position();
    seen.input_read = input.read;
    seen.input_size = input.size;
    occurrence::Looked looked{meter_.quiet_for(at), find_held_ends(seen, at)};
    const auto since = at - began_;
    const double time_s = std::chrono::duration<double>(since).count();
    if (schedule_.keeps(since)) {
        observer_.on_event({time_s, seen});
    }
    if (observer_.on_look) {
        observer_.on_look(time_s, seen);
    }
    due_ = now + schedule_.pause_after(since, processor_time() - cost_before, meter_.quiet());
    return looked;
}

void Looks::soon(RunTime now) {
    schedule_.stir();
    if (due_) {
        due_ = std::min(*due_, now + kAfterAnEnd);
    }
}

/// A process that has closed its outputs and works on shows no end to its readers. Asked seldom,
/// and only of those whose readers have been waiting for a while.
std::vector<int> Looks::find_held_ends(Sampled& seen, Time now) {
    if (!plan_.strict) {
        return {};  // ends are shown as they come
    }
    std::vector<std::vector<int>> writes(plan_.processes.size());
    for (std::size_t i = 0; i < plan_.links.size(); ++i) {
        const Link& link = plan_.links[i];
        const bool waits = meter_.is_running(link.writer) && meter_.is_running(link.reader) &&
                           seen.processes[link.reader].activity == Activity::input &&
                           meter_.quiet_for(link.reader, now) >= kHeldBack;
        if (waits) writes[link.writer].push_back(static_cast<int>(i));
    }
    if (now - held_ends_looked_at_ >= kHeldBack) {
        held_ends_looked_at_ = now;
        holds_end_back_.assign(plan_.processes.size(), false);
        for (std::size_t i = 0; i < writes.size(); ++i) {
            holds_end_back_[i] =
                !writes[i].empty() &&
                std::ranges::all_of(writes[i], [this](int l) { return facts_.is_closed(l); });
        }
    }
    std::vector<int> held;
    bool others_quiet = true;
    for (std::size_t i = 0; i < holds_end_back_.size(); ++i) {
        seen.processes[i].holds_end_back = holds_end_back_[i] && !writes[i].empty();
        if (seen.processes[i].holds_end_back) {
            held.push_back(static_cast<int>(i));
        } else if (meter_.is_running(static_cast<int>(i))) {
            others_quiet =
                others_quiet && meter_.quiet_for(static_cast<int>(i), now) >= kWorthAWord;
        }
    }
    return others_quiet ? held : std::vector<int>{};
}

std::string Looks::record_so_far() {
    if (!observer_.record) {
        return "{}\n";
    }
    const auto now = Clock::now();
    meter_.look(now);
    Sampled seen = meter_.seen();
    (void)find_held_ends(seen, now);
    return observer_.record(std::chrono::duration<double>(now - began_).count(), seen);
}

std::vector<Event> Looks::accounts(double time_s) const {
    std::vector<Event> events;
    Accounts accounts = meter_.accounts();
    for (ProcessAccounted& account : accounts.processes) {
        // 0 can also mean that the file was mapped, or read by position
        if (const auto read = inputs_.read_by(account.process); read && *read > 0) {
            account.account.bytes_in = read;
        }
        events.push_back({time_s, account});
    }
    for (const EdgeAccounted& account : accounts.edges) {
        events.push_back({time_s, account});
    }
    return events;
}

}  // namespace pipectl
