#pragma once

// What a process's end says, and what its readers' ends say of it. Pure; part of the director.

#include <csignal>
#include <vector>

#include "orchestrator/director/departures.hpp"
#include "orchestrator/director/occurrence.hpp"
#include "orchestrator/director/roster.hpp"

namespace pipectl {

inline constexpr int kBrokenPipeStatus = 128 + SIGPIPE;

/// A shell whose last command died of SIGPIPE hands that on as 141.
[[nodiscard]] bool is_broken_pipe(const ExitStatus& status);

class Verdicts {
  public:
    /// Both must outlive this.
    Verdicts(const Roster& roster, const Departures& departures);

    /// The status is one that the definition calls a success.
    [[nodiscard]] bool is_ok(int process, const ExitStatus& status) const;
    /// An end that can be the answer to readers that had enough: by SIGPIPE; by a status of a
    /// program that ignores or catches SIGPIPE and so got EPIPE; by the signal that we sent because
    /// of them.
    [[nodiscard]] bool tells_of_cut(const occurrence::End& end) const;
    /// All who read what it wrote had closed their ends. What an endpoint's helper writes to is
    /// read outside, by somebody who may leave as any reader may.
    [[nodiscard]] bool had_enough(int process) const;
    /// `but_far`: those on other hosts are not waited for.
    [[nodiscard]] bool readers_judged(int process, bool but_far = false) const;
    [[nodiscard]] bool readers_ended_well(int process) const;
    /// Of a two-way edge both can have ended because the other one had read enough: each waits for
    /// the other's verdict. Nobody of them has ended well, so the one that ended first is taken to
    /// have failed. -1: somebody who still runs will settle it.
    [[nodiscard]] int first_of_circle(const std::vector<int>& pending) const;
    /// Of those that failed together the one to name: when a reader and its writer did, the writer
    /// most likely failed because of its reader (a write error).
    [[nodiscard]] std::vector<int> cause_first(std::vector<int> failures) const;

  private:
    const Roster& roster_;
    const Departures& departures_;
};

}  // namespace pipectl
