#pragma once

// Copies an input to outputs that need not keep step with each other: one shared log, a cursor for
// each output. The writer waits for nobody while there is room.

#include <cstdint>
#include <vector>

#include "stages/flow/log.hpp"
#include "stages/flow/output.hpp"
#include "stages/flow/waiting.hpp"

namespace pipectl::helper {

struct Bounds {
    std::uint64_t memory;
    std::uint64_t disk;
    /// True: a full log makes the writer wait; false: it is an error.
    bool wait_when_full;
};

class Spill {
  public:
    Spill(const Bounds& bounds, const std::vector<int>& outputs);

    /// Copies descriptor `in` to its end. Dies of SIGPIPE when the last reader has left; throws
    /// SystemError, also when the bounds do not suffice.
    void copy(int in);

  private:
    struct Cursor {
        Output out;
        std::uint64_t offset = 0;
        bool blocked = false;
    };

    bool take(int in);
    bool deliver(Cursor& cursor);
    void drop_gone();
    void finish_complete();
    [[nodiscard]] bool delivered() const;
    void wait(int in);

    Bounds bounds_;
    Log log_;
    std::vector<Cursor> cursors_;
    Waiting waiting_;
    bool full_ = false;
    bool ended_ = false;
    bool finished_ = false;  ///< an output got everything
};

}  // namespace pipectl::helper
