#pragma once

// What the helpers of a run count: bytes over each link that one of them reads or writes, and what
// the replicas of a stage do.
//
// Two numbers for each link, what its writer put in and what its reader took out, then those of
// replicas and pseudo-terminals, in memory that is shared with the helpers and is made for the
// first of them. A stage's own program gets nothing of it; where it has replicas or a
// pseudo-terminal, the helper that starts it does.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "orchestrator/plan/plan.hpp"
#include "orchestrator/process/proc_look.hpp"
#include "stages/base/shared_counts.hpp"
#include "stages/job/protocol.hpp"

namespace pipectl {

class HelperCounts {
  public:
    explicit HelperCounts(const Plan& plan);

    /// How many replicas the process has here, on this machine; 0: it is no stage with replicas.
    [[nodiscard]] int replicas_of(int process) const;
    /// The index of the first replica's first number; job::index_of().
    [[nodiscard]] std::size_t replica_index(int process) const;
    /// Number `what` of replica `replica`; 0 as long as nothing was counted.
    [[nodiscard]] std::uint64_t of_replica(int process, int replica, job::ReplicaNumber what) const;

    /// The index of the number of bytes that came by a stage's pseudo-terminal.
    [[nodiscard]] std::size_t terminal_index(int process) const { return terminals_.at(process); }
    /// Bytes that a helper took from the stage's pseudo-terminal and passed on: the kernel counts
    /// them twice. 0 for a stage without.
    [[nodiscard]] std::int64_t by_terminal(int process) const;

    /// The descriptor that a helper needs, borrowed; -1: it is not to count.
    int file_for(int process);
    /// What the helper is told in its environment when that is its descriptor `number`.
    [[nodiscard]] std::string variable_for(int process, int number) const;

    /// Bytes that a helper put into the link, or took out of it where its writer is a stage.
    /// Nothing when no helper counts there.
    [[nodiscard]] std::optional<std::int64_t> over(int link) const;
    /// All that a helper has moved so far. Nothing for a stage without replicas.
    [[nodiscard]] std::optional<IoCount> of(int process) const;

  private:
    [[nodiscard]] bool counts_itself(int process) const;
    /// Over all replicas of a process.
    [[nodiscard]] std::int64_t sum_of(int process, job::ReplicaNumber what) const;
    [[nodiscard]] std::optional<std::int64_t> at(int link, bool reader) const;

    const Plan& plan_;
    std::map<int, std::size_t> replicas_;   ///< process: index of its first number
    std::map<int, std::size_t> terminals_;  ///< process: index of its number
    std::size_t size_;
    SharedCounts counts_;
    bool made_ = false;
};

}  // namespace pipectl
