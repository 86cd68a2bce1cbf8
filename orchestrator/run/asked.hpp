#pragma once

// What other processes of pipectl (`ps`, `top`, `stop`, `signal`) ask of a run that goes on; see
// control_server.hpp.

#include <functional>
#include <string>

#include "orchestrator/files/outputs.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/run/children.hpp"
#include "orchestrator/run/control_server.hpp"
#include "orchestrator/run/job_signals.hpp"
#include "orchestrator/run/looks.hpp"
#include "orchestrator/run/run_clock.hpp"
#include "orchestrator/run/stage_stderr.hpp"
#include "orchestrator/run/taps.hpp"

namespace pipectl {

class AskedRun final : public ControlledRun {
  public:
    struct Parts {
        const Plan& plan;
        const Children& children;
        RunClock& clock;
        Looks& looks;
        JobSignals& signals;
        const StageStderr& stages;
        const OutputSet& outputs;
        Taps& taps;
        int front;  ///< its pidfd
        std::function<void(const Occurrence&)> happened;
        std::function<void(int process, int signal)> send;
    };
    explicit AskedRun(Parts parts) : run_(std::move(parts)) {}

    std::string record_so_far() override { return run_.looks.record_so_far(); }
    std::string words_so_far(const std::string& stage) override;
    Fd watch_edge(const std::string& edge) override { return run_.taps.watch(edge); }
    void cancel(bool now) override;
    std::string signal_stages(const std::string& stage, int signal) override;

  private:
    Parts run_;
};

}  // namespace pipectl
