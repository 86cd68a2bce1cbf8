#pragma once

// Who starts after whom, without data between them. Pure; part of the director.

#include <vector>

#include "orchestrator/director/roster.hpp"

namespace pipectl {

class Order {
  public:
    /// It must outlive this.
    explicit Order(Roster& roster);

    /// Some processes start after others.
    [[nodiscard]] bool any() const { return any_; }
    /// The process waits for no other one, and was not started yet.
    [[nodiscard]] bool may_start(int process) const;
    [[nodiscard]] bool has_waiting() const;

    /// The process has ended: those that wait for its end, however it comes, wait no more.
    void ended(int process);
    /// It was judged: those that wait for its good end wait no more, and have no hope when it was
    /// none. What can never start has ended for those who come after it whatever happens.
    void judged(int process);

    /// Those that have come to wait for nobody since this was last asked.
    std::vector<int> take_free();
    /// All that wait for nobody.
    [[nodiscard]] std::vector<int> free() const;
    [[nodiscard]] bool has_free() const { return !free_.empty(); }
    /// After a failure, when all others have ended: it comes however they did, or belongs to one
    /// that does.
    [[nodiscard]] bool comes_late(int process) const;

    /// The process itself, or the one whose failure kept it from starting.
    [[nodiscard]] int cause_of(int process) const;

  private:
    void wait_less(int process);

    Roster& roster_;
    bool any_;
    std::vector<int> free_;
};

}  // namespace pipectl
