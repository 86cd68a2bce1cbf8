#pragma once

// The other hosts of a run, as the supervisor of one of them sees them: null for a run on one
// machine, which asks nothing of it.
//
// What comes from there becomes occurrences for the director, what happens here is told by the
// observer. Implementations are in orchestrator/hosts: of the launcher, which speaks to all nodes,
// and of a node, which speaks to the launcher.

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/director/director.hpp"
#include "orchestrator/director/occurrence.hpp"
#include "orchestrator/files/outputs.hpp"
#include "orchestrator/run/loop.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

class OtherHosts {
  public:
    /// What the supervisor does for it.
    struct Ways {
        Loop& loop;
        std::function<void(Occurrence)> happened;
        std::function<void(int process, int signal)> signal;
        std::function<void(int signal)> stop_or_continue;  ///< SIGTSTP, SIGCONT
        std::function<double()> now_s;                     ///< since the run began
        std::function<int()> asked_to_end;  ///< a signal that came and was not decided on; 0: none
    };

    /// One end of an edge between two hosts: take_end() of LinkSet.
    struct End {
        int link = 0;
        bool writer = false;
        Fd end;
        Fd line;
    };

    virtual ~OtherHosts() = default;

    /// Of Plan::hosts: which one this is.
    [[nodiscard]] virtual int here() const = 0;

    // In the supervisor. None throws, but for begin(): SystemError.

    /// Before anything is started. `ways` must work until the run is over.
    virtual std::vector<End> begin(Ways ways) = 0;
    /// When look() is due.
    [[nodiscard]] virtual std::optional<Loop::Time> due() const = 0;
    virtual void look() = 0;
    /// Everything here is being killed.
    virtual void kill() = 0;
    /// A signal for a process of another host; false when it is none of theirs.
    virtual bool signal(int process, int signal) = 0;
    /// The run is put aside (Ctrl-Z), or goes on.
    virtual void stopped(bool stopped) = 0;
    /// Here all is over: decides with the others whether outputs are replaced, waits for that, and
    /// has it done. May change the outcome.
    virtual void settle(OutputSet& outputs, Director::Outcome& outcome,
                        const std::function<void(decltype(Event::what))>& tell) = 0;

    /// In whichever of front and supervisor is left: the other hosts are to end their parts, and
    /// what connects us with them on this machine as well. Waits for that a moment, where
    /// `patient`.
    virtual void hang_up(bool patient) noexcept = 0;
};

}  // namespace pipectl
