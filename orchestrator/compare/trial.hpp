#pragma once

// One run of a plan for its figures: a child process stands in for `pipectl run`, with stdin,
// stdout and stderr of its own and nameless files as sinks, so that nothing is left whoever dies.
//
// The child is in a session of its own, without a terminal, and dies with us; signals that we get
// are passed on to it. Its wall time is counted from the run's begin to the end of its last
// process, without the start of pipectl itself. What the sinks got is read back and digested after
// the run.

#include <map>
#include <string>
#include <vector>

#include "orchestrator/compare/comparison.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/process/interrupts.hpp"
#include "stages/base/fd.hpp"

namespace pipectl::compare {

struct Trial {
    Run run;
    std::string failed;             ///< why the run did not succeed, one sentence; or empty
    std::vector<std::string> said;  ///< failed: the last lines that it wrote to stderr
    std::vector<Sink> sinks;        ///< what they got, when it did not fail
    std::string digest;             ///< of all sinks; empty: there are none
};

class Trials {
  public:
    /// For plans of `redirect` that all have these sinks. `environment` is pipectl's own; with
    /// `round_trips` stages are asked to tell of these, in the file that the variable
    /// PIPECTL_ROUND_TRIPS names. Throws SystemError.
    Trials(std::vector<std::string> sinks, std::map<std::string, std::string> environment,
           bool round_trips, Interrupts& interrupts);

    /// Runs a plan to its end. Whether it was interrupted, `interrupts` says. Throws SystemError
    /// when no child could be started or a sink not be read.
    Trial run(const Plan& plan, Fd input);

  private:
    int run_here(Plan plan, Fd input);
    void watch(int child, double& first_byte_at);
    void empty_files();
    bool any_byte() const;
    void digest_sinks(Trial& trial) const;
    [[nodiscard]] std::int64_t round_trips_told() const;

    std::vector<std::string> names_;
    std::map<std::string, std::string> environment_;
    std::vector<Fd> sinks_;  ///< by Plan::outputs
    Fd errors_;              ///< stderr of the run
    Fd figures_;             ///< what the child found out
    Fd told_;                ///< the numbers of round trips, a line each; closed: not asked for
    Interrupts& interrupts_;
};

}  // namespace pipectl::compare
