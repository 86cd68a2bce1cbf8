#pragma once

// Follows a run's events and keeps the streams of stages that ended well, each as soon as that is
// known: a run that fails later, or is killed, has kept what was whole by then.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/cache/choice.hpp"
#include "orchestrator/event/event.hpp"
#include "orchestrator/plan/plan.hpp"

namespace pipectl {

class StreamKeeper {
  public:
    using Tell = std::function<void(CacheUsed)>;

    StreamKeeper() = default;
    /// For the plan of the choice's definition. Fills Preflight::streams.
    StreamKeeper(const Plan& plan, CacheChoice choice, Preflight& preflight);

    /// Tells after RunStarted what was decided before, later what is kept, and before RunEnded what
    /// is not. `event` is about to be told, or has just been, for RunStarted.
    void take(const Event& event, const Tell& tell);

    /// What the run leaves when it fails, or has got from the one that it resumes: known before it
    /// begins. Not all of it need be there in the end.
    [[nodiscard]] const std::vector<LeftStream>& left() const { return choice_.left; }
    /// A later run would have something of this one: a stream that was left, or is in the cache.
    [[nodiscard]] bool leaves_anything() const;
    void remove_left() const;

  private:
    struct Stream {
        StreamWish wish;
        int process = -1;
        int helper = -1;
        std::vector<int> above;
        int file = -1;
        bool decided = false;
        bool left = false;
        std::int64_t bytes = 0;
    };
    void tell_left(const Tell& tell) const;
    void try_to_keep(Stream& stream, const Tell& tell);
    [[nodiscard]] std::string reason(const Stream& stream) const;

    CacheChoice choice_;
    std::vector<Stream> streams_;
    std::vector<std::optional<Verdict>> verdicts_;
};

}  // namespace pipectl
