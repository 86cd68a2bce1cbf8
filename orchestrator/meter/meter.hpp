#pragma once

// Measures where a run's time goes, from outside: what each process does at each look, what it has
// read and written, what waits in each channel.
//
// A time is a share of looks: what lies between two looks is divided between what was seen at both.
// Over a long gap the processor time, which the kernel counts exactly, takes its part first. The
// supervisor says when to look, tells of starts and ends, and asks for the accounts at the end of
// the run. A run that is over before the
// first look costs one read of /proc for each process.

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/event/event.hpp"
#include "orchestrator/links/link_set.hpp"
#include "orchestrator/meter/activity_finder.hpp"
#include "orchestrator/meter/bytes_moved.hpp"
#include "orchestrator/meter/uncounted_moves.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/process/proc_look.hpp"

namespace pipectl {

struct Accounts {
    std::vector<ProcessAccounted> processes;
    std::vector<EdgeAccounted> edges;
};

class Meter {
  public:
    using Time = std::chrono::steady_clock::time_point;

    /// All must outlive the meter. `programs`: by process, the path that is executed. `began` is
    /// when the run began.
    Meter(const Plan& plan, const std::vector<std::string>& programs, const LinkSet& links,
          Time began);

    /// Of a process that is started again the accounts go on. `pid` is a child of ours, and not
    /// waited for until `ended`.
    void started(int process, pid_t pid, Time now);
    /// It has ended and was not reaped yet: its counts are still there.
    void ended(int process, Time now);
    /// What it has used, once it was reaped.
    void reaped(int process, const ResourceUse& use);
    /// A process that a stage left behind, and that was not reaped yet: what it moved is in no
    /// stage's count.
    void orphan(pid_t pid, Time now);

    /// What the programs' files tell, which is asked for at the end, while there is time.
    void look_at_programs();

    /// Looks at everything.
    void look(Time now);
    /// The time since the last look is nobody's: the run was stopped.
    void skip_to(Time now);

    /// What was seen last.
    [[nodiscard]] const Sampled& seen() const { return seen_; }
    /// Nothing moved between the last two looks.
    [[nodiscard]] bool quiet() const { return quiet_; }
    /// How long nothing has moved, as far as looks tell.
    [[nodiscard]] Time::duration quiet_for(Time now) const { return now - moved_at_; }
    /// The same of one process.
    [[nodiscard]] Time::duration quiet_for(int process, Time now) const {
        return now - watched_[process].moved_at;
    }
    /// Something went into or out of the process, or what it has started, since the last call; the
    /// first one only takes a mark. By what the kernel counts and by what waits in its channels; of
    /// a program that could move bytes past both, also by its processor time.
    [[nodiscard]] bool has_moved(int process);
    [[nodiscard]] bool is_running(int process) const { return watched_[process].running; }
    /// What each process waited for at the last look.
    [[nodiscard]] std::vector<LinkWaits> waits() const;

    /// At the end of the run, of all that was started.
    [[nodiscard]] Accounts accounts() const;

  private:
    struct Watched {
        Fd pidfd;  ///< from the first loan of a descriptor on
        Fd io;
        std::unique_ptr<ActivityFinder> finder;  ///< from the first look on
        pid_t pid = 0;
        bool running = false;
        std::optional<Time> ended_at;
        Time seen_at;      ///< of the last look, or its start
        double cpu_s = 0;  ///< at the last look
        /// Of the processes before this one, of a stage that was started again.
        IoCount earlier_count;
        double earlier_cpu_s = 0;
        std::optional<IoCount> count;
        PartOfOthers of_others;       ///< of the count
        bool left_orphan = false;     ///< or may have: what that one moved is not in the count
        bool seen_uncounted = false;  ///< it waited in a call that moves bytes past the count
        bool other_program = true;    ///< it did not end as the program that was started
        Account times;
        double since_look_s = 0;  ///< between the last look and its end
        Time moved_at;            ///< when it was last seen to do anything
        /// What has_moved() saw at its last call.
        struct Mark {
            IoCount count;
            std::vector<std::int64_t> levels;
            double cpu_s = 0;
            bool operator==(const Mark&) const = default;
        };
        std::optional<Mark> mark;
        std::optional<bool> past_count;  ///< it could move bytes that nobody counts
    };
    struct LinkShares {
        int samples = 0;
        int empty = 0;
        int full = 0;
        std::int64_t room = 0;
    };

    [[nodiscard]] std::vector<ProcessAccounted> processes(const BytesMoved& moved) const;
    [[nodiscard]] std::vector<ReplicaWork> replicas_of(int process) const;
    [[nodiscard]] std::vector<EdgeAccounted> edges(const BytesMoved& moved) const;
    [[nodiscard]] BytesMoved bytes() const;
    [[nodiscard]] std::vector<UncountedMoves> uncounted_moves() const;
    [[nodiscard]] UncountedMoves moves_of(std::size_t process) const;
    [[nodiscard]] bool has_sockets(const Process& process) const;
    [[nodiscard]] std::optional<IoCount> count_of(int process) const;
    static void start_again(Watched& watched, double cpu_s);
    void note_left(int process);
    void look_at(std::size_t process, Time now);
    void look_at_links();
    [[nodiscard]] LinkLevel level_by_loan(int link);

    const Plan& plan_;
    const std::vector<std::string>& programs_;
    const LinkSet& links_;
    Time began_;
    bool keep_handles_;
    std::vector<Watched> watched_;
    std::vector<LinkLevel> levels_;
    std::vector<LinkShares> shares_;
    std::vector<std::int64_t>
        left_;  ///< by link: what waited in it when its reader had ended; -1: unknown
    /// By program, and whether it has sockets.
    std::map<std::pair<std::string_view, bool>, UncountedMoves> known_moves_;
    Sampled seen_;
    bool quiet_ = false;
    Time moved_at_;
    bool moved_ = false;
};

}  // namespace pipectl
