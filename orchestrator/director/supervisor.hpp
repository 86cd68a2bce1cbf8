#pragma once

// Carries a run out: starts the processes of a plan, waits for what happens, asks the director what
// to do about it, and has it done.
//
// A loop and nothing else: what a run does to the machine is the World's, what it does next is the
// director's decision. So whole runs can be simulated.

#include "orchestrator/director/director.hpp"
#include "orchestrator/director/world.hpp"

namespace pipectl {

class Supervisor {
  public:
    /// Both must outlive the supervisor. Nothing is started before `begins`.
    Supervisor(const Plan& plan, World& world, RunTime begins = {}, int here = 0);

    /// Runs to the end and says how it was. Does not throw.
    Director::Outcome run();

  private:
    void start_all();
    void tell_when_all_started();
    void take(const Occurrence& what);
    void take_all(const std::vector<Occurrence>& what);

    const Plan& plan_;
    World& world_;
    RunTime begins_;
    Director director_;
    bool all_started_told_ = false;
};

}  // namespace pipectl
