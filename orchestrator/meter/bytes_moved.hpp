#pragma once

// How many bytes went over each edge and through each stage. Pure arithmetic.
//
// Who moves bytes for others counts them: helpers, rings, the kernel for a TCP connection. Of an
// edge without such a count there are two witnesses: what its producer wrote and what its consumer
// read. The kernel counts these by process, not by descriptor, so each may tell too much (files,
// messages, what it took to start a program), and too little of a program that can move bytes past
// the count (splice(2); see meter/uncounted_moves.hpp). A witness that cannot have missed
// anything is an upper bound; two that agree are believed; what nobody can bear out is not told. A
// stage of several processes may have handed bytes from one to the other: its sums are upper
// bounds, unless what it read shows that little went between them.

#include <cstdint>
#include <optional>
#include <vector>

#include "orchestrator/event/event.hpp"
#include "orchestrator/meter/uncounted_moves.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/process/proc_look.hpp"

namespace pipectl {

/// What a program reads and writes that is no data, at most: itself, its libraries, a locale, a
/// message.
constexpr std::int64_t kStartingTakes = std::int64_t{64} << 10;

/// What is known of one process of the plan. By default all that it moves is counted to it.
struct ProcessEvidence {
    std::optional<IoCount> count;  ///< nothing where nobody could know
    PartOfOthers of_others = {};   ///< others than the process itself moved a part of it
    UncountedMoves uncounted = {false, false};
    bool seen_uncounted = false;  ///< it was seen to move bytes past the count
};

struct ByteEvidence {
    std::vector<ProcessEvidence> processes;  ///< by Plan::processes
    /// By Plan::links: exact, of those that somebody counts. Empty: none is known.
    std::vector<std::optional<std::int64_t>> carried = {};
    /// By Plan::links: what waited in it when its reader had ended; -1: nobody knows, since nobody
    /// else had the channel open any more. Empty: nothing did.
    std::vector<std::int64_t> left = {};
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
