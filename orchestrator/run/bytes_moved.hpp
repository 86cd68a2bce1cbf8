#pragma once

// How many bytes went over each edge and through each stage, from what /proc counts of the
// processes. Pure arithmetic.
//
// The kernel counts a process's bytes, not a descriptor's. Of an edge there are two witnesses: what
// its producer wrote and what its consumer read. Both may tell too much (files, messages, what it
// took to start the program), so the smaller one is believed: for a program that writes to its
// stdout only, and a reader that stays to the end, that is the exact number. Who moves bytes past
// the counters (splice(2), shared memory) is found out by its neighbours and not believed; a ring
// that counts by itself is believed before all. A stage of several processes may have handed bytes
// from one to the other: its sums are upper bounds, unless what it read shows that little went
// between them.

#include <cstdint>
#include <optional>
#include <vector>

#include "orchestrator/plan/plan.hpp"
#include "orchestrator/process/proc_look.hpp"
#include "orchestrator/run/event.hpp"

namespace pipectl {

/// What a program reads and writes that is no data, at most: itself, its libraries, a locale, a
/// message.
constexpr std::int64_t kStartingTakes = std::int64_t{64} << 10;

/// What is known of a run's bytes.
struct ByteEvidence {
    /// By Plan::processes; nothing where nobody could know.
    std::vector<std::optional<IoCount>> counts;
    /// By Plan::processes; true: others than the process itself wrote a part of its count. Empty:
    /// none is.
    std::vector<bool> several = {};
    /// The same of what it read.
    std::vector<bool> several_read = {};
    /// By Plan::links: exact. Empty: none is known.
    std::vector<std::optional<std::int64_t>> carried = {};
};

struct Moved {
    std::optional<std::int64_t> bytes;
    Exactness are = Exactness::sampled;

    bool operator==(const Moved&) const = default;
};

struct StageBytes {
    Moved in, out;
};

struct BytesMoved {
    std::vector<Moved> edges;           ///< by Plan::edges
    std::vector<StageBytes> processes;  ///< by Plan::processes
};

BytesMoved bytes_moved(const Plan& plan, ByteEvidence evidence);

}  // namespace pipectl
