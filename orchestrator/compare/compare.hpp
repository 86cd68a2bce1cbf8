#pragma once

// Runs a pipeline over several channels, in turn and in random order, and says what came of it.
//
// The definition as it is runs first, uncounted: that run is the reference for the bytes, takes
// stdin, and tells how long all will take. Then `warmup` rounds that do not count, and `runs` that
// do. Whether the pipeline may be run so often is the caller's question (side_effects.hpp).

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "orchestrator/compare/candidates.hpp"
#include "orchestrator/compare/comparison.hpp"
#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/make_plan.hpp"

namespace pipectl::compare {

/// What is going on, for people who wait.
struct Progress {
    int done = 0;   ///< runs
    int total = 0;  ///< runs, warm-up included; 0: the reference run
    std::string candidate;
    double left_s = 0;  ///< about
};

struct Request {
    Definition definition;
    PlanRequest plan;
    std::vector<Candidate> candidates;
    std::string stage;  ///< only the edges that feed it; empty: all edges
    /// A row for the definition as it is, where none of the candidates is just that.
    bool as_it_is = true;
    bool matrix = false;       ///< each stage that is fed, by itself, too
    bool round_trips = false;  ///< ask the stages how many they made
    int runs = 10;
    int warmup = 1;
    std::uint64_t seed = 0;                            ///< of the order
    std::function<void(const Progress&)> on_progress;  ///< before each run; may be empty
};

/// The pipeline does not succeed as it is, or there is nothing to compare.
class CannotCompare : public std::runtime_error {
  public:
    explicit CannotCompare(const std::string& why, std::vector<std::string> said = {})
        : std::runtime_error(why), said_(std::move(said)) {}
    /// The last lines of the run's stderr.
    [[nodiscard]] const std::vector<std::string>& said() const { return said_; }

  private:
    std::vector<std::string> said_;
};

/// What the row for the definition as it is has as its channel.
inline constexpr const char* kAsItIs = "as it is";

struct Result {
    Comparison comparison;
    int signal = 0;  ///< that ended it before its time; 0: none
};

/// Everything of the comparison but `command`. Throws CannotCompare and SystemError.
Result run(const Request& request);

}  // namespace pipectl::compare
