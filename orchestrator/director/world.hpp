#pragma once

// The seam between deciding and doing: everything that a run asks of the machine.
//
// Facts are questions that the director may ask while it decides; they change nothing. The World
// also starts processes, waits, and carries actions out. The real one is real_world.hpp; the tests
// have one that simulates processes, channels and time.

#include <optional>
#include <vector>

#include "orchestrator/director/occurrence.hpp"
#include "orchestrator/meter/standstill.hpp"

namespace pipectl {

class Facts {
  public:
    /// The process has begun to exit although its end was not reported yet: its descriptors are
    /// closed, or will be at once.
    [[nodiscard]] virtual bool is_exiting(int process) const = 0;
    /// No process has the reader's end of the link any more, or nobody can tell.
    [[nodiscard]] virtual bool is_abandoned(int link) const = 0;
    /// The link's producer lives, is not exiting, and neither it nor anything that it has started
    /// has the writer's end any more.
    [[nodiscard]] virtual bool is_closed(int link) const = 0;
    /// The writer of a link whose reader has left has gone on to write. For kinds that never say so
    /// by themselves (channel::ReaderGone::we_tell). The first call only takes a mark.
    [[nodiscard]] virtual bool writer_goes_on(int link) = 0;
    /// Something went into or out of the process since the last call, or nobody could know. The
    /// first call only takes a mark.
    [[nodiscard]] virtual bool has_moved(int process) = 0;
    /// All channels and pipes that the process reads as inputs have come to their end, and nothing
    /// waits in them. False where it has none. Of one that can be started again.
    [[nodiscard]] virtual bool input_over(int process) const = 0;
    /// Whoever reads pipectl's own stdout has gone (EPIPE there is the outside's wish).
    [[nodiscard]] virtual bool outside_reader_gone() const = 0;
    /// A signal that was seen to reach pipectl's processes was sent to the whole group.
    [[nodiscard]] virtual bool reached_group(int signal) const = 0;
    /// What each process waits for, at the last look.
    [[nodiscard]] virtual std::vector<LinkWaits> waits() const = 0;

    /// What is still there when all processes of the plan have ended.
    struct Leftovers {
        bool children = false;  ///< any child, running or not
        bool unwanted = false;  ///< one that may not stay
        std::vector<LeftoverFound> found;
    };
    [[nodiscard]] virtual Leftovers leftovers() const = 0;

  protected:
    ~Facts() = default;
};

class World : public Facts {
  public:
    virtual ~World() = default;

    /// Starts a process: Started, StartFailed or GaveUp.
    virtual Occurrence start(int process) = 0;
    /// No more processes will be started, or none but those that come after a failure: what only
    /// they needed can go.
    virtual void all_started() = 0;
    /// Waits until something happens or that time has come (never: nothing given), and says what.
    /// A time that has passed already: looks, without waiting.
    virtual std::vector<Occurrence> wait(std::optional<RunTime> until) = 0;
    [[nodiscard]] virtual RunTime now() const = 0;
    virtual void carry_out(const Action& action) = 0;
};

}  // namespace pipectl
