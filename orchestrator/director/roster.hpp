#pragma once

// The processes of a run and their states, as far as the rules need them. Pure.

#include <vector>

#include "orchestrator/director/occurrence.hpp"
#include "orchestrator/event/event.hpp"
#include "orchestrator/plan/plan.hpp"

namespace pipectl {

struct Roster {
    enum class State {
        waiting,  ///< not started
        running,
        resting,  ///< ended, and to be started again
        pending,  ///< ended; the verdict waits for its readers'
        judged,
    };
    struct Entry {
        State state = State::waiting;
        Verdict verdict = Verdict::not_started;
        ExitStatus status;
        std::vector<int> writes;  ///< links
        std::vector<int> reads;   ///< links
        /// Those of `writes` whose readers say whether it is cut: all but stderr's, which is of use
        /// to the end of whatever happens. All, where there is nothing but stderr.
        std::vector<int> data;
        bool writes_outside = false;  ///< its stdout is pipectl's own
        bool writes_files = false;
        std::vector<Predecessor> followers;  ///< who starts after it; `process` is the later one
        int awaited = 0;           ///< how many of those that it starts after have not ended yet
        bool hopeless = false;     ///< one of them did not end well, and would have had to
        bool called = false;       ///< by action::Start
        bool runs = false;         ///< it has all that it needed, and is its program
        bool has_ended = false;    ///< or never will run
        bool starts_late = false;  ///< however others ended, after a failure
        bool told_to_end = false;  ///< it got a cancelling signal from us or with the group
        int starts = 0;
        RunTime started_at{};      ///< the last time
        int restarts = 0;          ///< those that are planned among them
        RunTime delay{};           ///< before the next restart
        bool told_of_cut = false;  ///< it got a signal because its readers had enough
    };

    /// `on_host`: of Plan::hosts, whose processes these are; those of others are far.
    explicit Roster(const Plan& what, int on_host = 0);

    [[nodiscard]] Entry& of(int process) { return entries[process]; }
    [[nodiscard]] const Entry& of(int process) const { return entries[process]; }
    [[nodiscard]] const Process& process(int index) const { return plan.processes[index]; }
    [[nodiscard]] const Link& link(int index) const { return plan.links[index]; }
    [[nodiscard]] bool is_running(int process) const { return of(process).state == State::running; }
    /// It is on another host, whose director judges it: it is undecided until its word has come.
    [[nodiscard]] bool is_far(int index) const { return process(index).host != here; }
    [[nodiscard]] bool is_undecided_far(int index) const {
        return is_far(index) && of(index).state != State::judged;
    }
    [[nodiscard]] bool is_helper(int index) const { return process(index).role == Role::helper; }

    const Plan& plan;
    int here;
    std::vector<Entry> entries;
};

}  // namespace pipectl
