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
#include <memory>
#include <optional>
#include <vector>

#include "orchestrator/plan/plan.hpp"
#include "orchestrator/process/proc_look.hpp"
#include "orchestrator/run/activity_finder.hpp"
#include "orchestrator/run/bytes_moved.hpp"
#include "orchestrator/run/event.hpp"
#include "orchestrator/run/link_set.hpp"

namespace pipectl {

class Meter {
  public:
    using Time = std::chrono::steady_clock::time_point;

    /// Both must outlive the meter. `began` is when the run began.
    Meter(const Plan& plan, const LinkSet& links, Time began);

    /// `pidfd` is borrowed, and must stay open until `ended`.
    void started(int process, pid_t pid, int pidfd, Time now);
    /// It has ended and was not reaped yet: its counts are still there.
    void ended(int process, Time now);
    /// What it has used, once it was reaped.
    void reaped(int process, const ResourceUse& use);

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
    /// What each process waited for at the last look.
    [[nodiscard]] std::vector<LinkWaits> waits() const;

    /// At the end of the run, of all that was started.
    [[nodiscard]] std::vector<ProcessAccounted> processes() const;
    [[nodiscard]] std::vector<EdgeAccounted> edges() const;

  private:
    struct Watched {
        int pidfd = -1;
        Fd io;
        std::unique_ptr<ActivityFinder> finder;  ///< from the first look on
        pid_t pid = 0;
        bool running = false;
        Time seen_at;      ///< of the last look, or its start
        double cpu_s = 0;  ///< at the last look
        std::optional<IoCount> count;
        PartOfOthers of_others;  ///< of the count
        Account times;
        double since_look_s = 0;  ///< between the last look and its end
    };
    struct LinkShares {
        int samples = 0;
        int empty = 0;
        int full = 0;
        std::int64_t room = 0;
    };

    [[nodiscard]] BytesMoved bytes() const;
    void look_at(std::size_t process, Time now);
    void look_at_links();
    [[nodiscard]] LinkLevel level_by_loan(int link) const;

    const Plan& plan_;
    const LinkSet& links_;
    Time began_;
    bool keep_handles_;
    std::vector<Watched> watched_;
    std::vector<LinkLevel> levels_;
    std::vector<LinkShares> shares_;
    Sampled seen_;
    bool quiet_ = false;
    Time moved_at_;
    bool moved_ = false;
};

}  // namespace pipectl
