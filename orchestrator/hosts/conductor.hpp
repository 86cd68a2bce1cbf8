#pragma once

// What is to be done about the hosts of a run: who has answered, who is lost, when all may start,
// and whether the outputs of all of them are replaced.
//
// A pure table: it is told what was heard of a host and what time it is, and answers with deeds.
// How a *run* ends (first cause, statuses, truth) is the director's; this is transport, lost hosts
// and the commit in two steps. Hosts are indices of Plan::hosts; 0 is the one that asks.
//
//     starting -> looked -> wired -> running -> over -> prepared -> settled
//     from each also: refused (before it runs), lost
//
// Outputs are replaced together: each host prepares (disks, contents, syncs), and only when all
// have is any of them told to commit. A host that is lost before that makes all others roll back,
// and does so itself; what a host did that is lost afterwards is not known, and is said.

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace pipectl::hosts {

/// Since the conductor was made; on a clock that stands still while the run is stopped.
using HostTime = std::chrono::nanoseconds;

enum class HostState {
    starting,
    looked,    ///< it has the plan, and nothing is wrong with it there
    wired,     ///< its ends of all edges between hosts are connected
    running,   ///< it was told to start
    over,      ///< all its processes have ended and nothing of them is left
    prepared,  ///< its outputs can be replaced
    settled,   ///< they have been, or are as they were
    refused,
    lost,
};

/// "starting", "looked", ..
const char* state_name(HostState state);

/// What was heard, or has happened here.
namespace heard {

/// Anything; every other word of a host counts as this one too.
struct Alive {
    int host = 0;
};
struct Ready {
    int host = 0;
};
struct Refused {
    int host = 0;
};
struct Wired {
    int host = 0;
};
struct Over {
    int host = 0;
};
struct Prepared {
    int host = 0;
    bool well = false;
};
struct Settled {
    int host = 0;
};
/// Its session has ended: `how` in words, "ssh ended with status 255".
struct Gone {
    int host = 0;
    std::string how;
};
/// The director of host 0 has come to its end.
struct RunOver {
    bool well = false;
};
struct TimePassed {};
/// A signal came while the outputs were prepared.
struct Interrupted {};
/// The run is put aside (Ctrl-Z), and goes on: meanwhile silence means nothing.
struct Stopped {};
struct Continued {};

}  // namespace heard

using Heard = std::variant<heard::Alive, heard::Ready, heard::Refused, heard::Wired, heard::Over,
                           heard::Prepared, heard::Settled, heard::Gone, heard::RunOver,
                           heard::Interrupted, heard::TimePassed, heard::Stopped, heard::Continued>;

/// What is to be done.
namespace deed {

/// All have looked: the writers of edges between hosts are told where to go.
struct Wire {};
/// All edges are there.
struct Start {};
/// Nothing was started anywhere, and nothing will be.
struct GiveUp {};
/// Nothing is heard of the host any more, and no word of it counts from now on.
struct Lose {
    int host = 0;
    std::string why;  ///< in words, with its name
};
/// To all hosts that are there, this one among them.
struct Prepare {};
struct Commit {};
struct RollBack {};
/// The host has settled: its session may end.
struct Bye {
    int host = 0;
};
/// Every host has settled or is lost.
struct Finished {
    bool committed = false;
    std::vector<int> unknown;  ///< lost after they were told to commit
};

}  // namespace deed

using Deed = std::variant<deed::Wire, deed::Start, deed::GiveUp, deed::Lose, deed::Prepare,
                          deed::Commit, deed::RollBack, deed::Bye, deed::Finished>;
using Deeds = std::vector<Deed>;

class Conductor {
  public:
    /// `names`: of all hosts, this one first. `lease`: silence after which a host is lost;
    /// `start_timeout`: until all are wired, absent: never.
    Conductor(std::vector<std::string> names, HostTime lease,
              std::optional<HostTime> start_timeout);

    /// What is to be done about it, in this order. `now` never goes back.
    Deeds on(HostTime now, const Heard& what);

    /// When TimePassed is due.
    [[nodiscard]] std::optional<HostTime> next() const;

    [[nodiscard]] HostState state(int host) const { return hosts_[host].state; }
    [[nodiscard]] bool started() const {
        return phase_ >= Phase::running && phase_ != Phase::given_up;
    }
    [[nodiscard]] bool finished() const { return phase_ >= Phase::finished; }
    /// A word of it counts.
    [[nodiscard]] bool hears(int host) const;

  private:
    enum class Phase { starting, wiring, running, preparing, settling, finished, given_up };
    struct Entry {
        std::string name;
        HostState state = HostState::starting;
        HostTime heard_at{};
    };

    void take(const heard::Alive& /*what*/) {}
    void take(const heard::Ready& what);
    void take(const heard::Refused& what);
    void take(const heard::Wired& what);
    void take(const heard::Over& what);
    void take(const heard::Prepared& what);
    void take(const heard::Settled& what);
    void take(const heard::Gone& what);
    void take(const heard::RunOver& what);
    void take(const heard::Interrupted& what);
    void take(const heard::TimePassed& what);
    void take(const heard::Stopped& what);
    void take(const heard::Continued& what);

    void lose(int host, const std::string& why);
    void go_on();
    void settle(bool commit);
    [[nodiscard]] bool all_are_at_least(HostState state) const;
    [[nodiscard]] bool any_is(HostState state) const;

    std::vector<Entry> hosts_;
    HostTime lease_;
    std::optional<HostTime> start_timeout_;
    HostTime now_{};
    Phase phase_ = Phase::starting;
    bool commits_ = false;
    bool stopped_ = false;
    std::vector<int> unknown_;
    Deeds deeds_;
};

}  // namespace pipectl::hosts
