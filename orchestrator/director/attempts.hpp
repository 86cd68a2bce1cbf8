#pragma once

// Which runs are tried again as a whole, and when. Pure.

#include <optional>

#include "orchestrator/director/director.hpp"

namespace pipectl {

class Attempts {
  public:
    explicit Attempts(const Plan& plan) : left_(plan.retries), pause_(plan.retry_delay) {}

    /// How long after this attempt the next one begins; nothing: it was the last. A stage's failure
    /// and a timeout are tried again; what pipectl itself could not do, and what a signal has
    /// ended, are not. Nor is an attempt of which the outside has seen something.
    std::optional<RunTime> after(const Director::Outcome& outcome);

    /// Of the attempt that runs, from 1.
    [[nodiscard]] int number() const { return number_; }

  private:
    int left_;
    int number_ = 1;
    RunTime pause_;
};

}  // namespace pipectl
