#pragma once

// What the helpers of a run count: bytes over each link that one of them reads or writes.
//
// Two numbers for each link, what its writer put in and what its reader took out, in memory that is
// shared with the helpers and is made for the first of them. A stage gets nothing of it.

#include <cstdint>
#include <optional>
#include <string>

#include "orchestrator/plan/plan.hpp"
#include "orchestrator/process/proc_look.hpp"
#include "stages/base/shared_counts.hpp"

namespace pipectl {

class HelperCounts {
  public:
    explicit HelperCounts(const Plan& plan) : plan_(plan) {}

    /// The descriptor that a helper needs, borrowed; -1: it is not to count.
    int file_for(int process);
    /// What the helper is told in its environment when that is its descriptor `number`.
    [[nodiscard]] std::string variable_for(int process, int number) const;

    /// Bytes that a helper put into the link, or took out of it where its writer is a stage.
    /// Nothing when no helper counts there.
    [[nodiscard]] std::optional<std::int64_t> over(int link) const;
    /// All that a helper has moved so far. Nothing for a stage.
    [[nodiscard]] std::optional<IoCount> of(int process) const;

  private:
    [[nodiscard]] bool is_helper(int process) const;
    [[nodiscard]] std::optional<std::int64_t> at(int link, bool reader) const;

    const Plan& plan_;
    SharedCounts counts_;
    bool made_ = false;
};

}  // namespace pipectl
