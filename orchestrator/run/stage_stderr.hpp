#pragma once

// What stages say on the stderr that they have from pipectl: passed on as it comes, and the last
// of it kept for the record.
//
// On a terminal nothing of this is made: there the stages write by themselves. Elsewhere each stage
// gets a pipe, made before the fork; the front, which has nothing else to do, reads them, and the
// tails are in memory that front and supervisor share. Our own ends of the pipes for writing stay
// open, so that no end of data wakes anybody up. Not for `detach` stages, which may outlive us.

#include <poll.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/plan/plan.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

class Teller;

class StageStderr {
  public:
    /// How lines with time and stage look.
    enum class Prefix { none, plain, coloured };

    /// What is kept of one process's words.
    struct Words {
        struct Line {
            std::uint64_t end = 0;  ///< bytes that the process had said by then
            std::string text;       ///< without its newline
        };
        std::vector<Line> lines;
        Line begun;  ///< the last line, while it has no newline; or empty
    };

    /// None.
    StageStderr() = default;
    /// With a prefix on a terminal too. Without one nothing is made where stdout and stderr are one
    /// file: the order of what they get would change. Throws SystemError.
    StageStderr(const Plan& plan, Prefix prefix);
    ~StageStderr();
    StageStderr(StageStderr&& other) noexcept;
    StageStderr& operator=(StageStderr&&) = delete;

    /// The end that a process of the plan writes to, or -1: it has pipectl's own stderr.
    [[nodiscard]] int writer_for(int process) const noexcept;

    [[nodiscard]] bool any() const noexcept { return !pipes_.empty(); }

    // In the front.

    /// Adds the readers to what poll(2) watches.
    void watch(std::vector<pollfd>& polled) const;
    /// Passes on what those have that `polled`, from the first one that watch() added, says.
    void take(const pollfd* polled, Teller& teller);
    /// Passes on all that is there now.
    void take_all(Teller& teller);

    // In the supervisor.

    /// What is kept by now, while the front may be at work. Nothing of a process that has
    /// pipectl's own stderr.
    [[nodiscard]] std::optional<Words> words(int process) const;

    // In the supervisor, after the front has taken all.

    /// Something was said, or waits to be taken.
    [[nodiscard]] bool stirred() const noexcept;
    /// The last lines that a process said, without a final newline.
    [[nodiscard]] std::string tail(int process, int lines) const;

  private:
    struct Tail;
    struct Pipe {
        int process = -1;
        std::string name;
        PipeEnds ends;
        std::string line;  ///< prefixed: the beginning of one
        double since = 0;
    };

    bool take_one(std::size_t index, Teller& teller);
    [[nodiscard]] std::size_t shared_size() const noexcept;
    [[nodiscard]] const Tail* tail_of(int process) const noexcept;
    [[nodiscard]] std::string head_of(const Pipe& pipe) const;
    void pass_on_lines(Pipe& pipe, std::string_view bytes, Teller& teller);

    Prefix prefix_ = Prefix::none;
    std::vector<Pipe> pipes_;
    std::atomic<bool>* stirred_ = nullptr;  ///< shared: something was taken from a pipe
    Tail* tails_ = nullptr;                 ///< behind it; by index of pipes_
};

}  // namespace pipectl
