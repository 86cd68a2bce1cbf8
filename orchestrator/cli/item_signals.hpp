#pragma once

// Signals to whoever conducts the items of a [for-each]: what a terminal sends, or somebody to the
// whole group, the items get by themselves; what came to this process alone is passed on to them.

#include <signal.h>

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl {

class ItemSignals {
  public:
    /// Hands a signal to all items that run.
    using PassOn = std::function<void(int signal)>;
    explicit ItemSignals(PassOn pass_on) : pass_on_(std::move(pass_on)) {}

    /// Blocks them, and watches. Throws SystemError.
    void take_over();
    /// As they were, for an item or at the end.
    void give_back() const { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

    /// To be polled for input.
    [[nodiscard]] int fd() const { return signals_.get(); }
    /// What has come. `about_to_stop`: before this process stops, as the items do.
    void take(const std::function<void()>& about_to_stop);
    /// Passes on what no item can have got by itself any more.
    void pass_on_when_due();
    /// When that is to be called; nothing waits: absent.
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> due() const {
        return pass_on_at_;
    }

    /// The signal that ends all; 0: none has come.
    [[nodiscard]] int ended_by() const { return ended_by_; }
    /// As if it had come, to this process alone.
    void raise(int number);

  private:
    void note(int number, bool of_group);
    void stop();

    PassOn pass_on_;
    sigset_t before_{};
    Fd signals_;
    std::vector<int> to_pass_on_;
    std::optional<std::chrono::steady_clock::time_point> pass_on_at_;
    int ended_by_ = 0;
};

}  // namespace pipectl
