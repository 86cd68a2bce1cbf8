#pragma once

// One stage of the definition as a process of the plan: its command, environment, folder, limits
// and those of its descriptors that are no edges.

#include <string>
#include <utility>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/files.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/plan/resolve.hpp"
#include "orchestrator/plan/wiring.hpp"

namespace pipectl {

class StageBuilder {
  public:
    /// `hosts`: of each stage, an index of
    /// Plan::hosts. All references must outlive it.
    StageBuilder(const Definition& definition, const Resolver& resolver, FileTable& files,
                 const std::vector<int>& hosts, Plan& plan, Remarks& remarks);

    /// Process number `index`, with the descriptors that its `stdin`, `stdout` and `stderr` ask
    /// for. Those of edges are not in it yet.
    Process build(std::size_t index, const Wiring& wiring);

  private:
    void set_command(const Stage& stage, Process& process) const;
    void set_environment(const Stage& stage, Process& process) const;
    void set_surroundings(const Stage& stage, Process& process) const;
    static void set_replicas(const Stage& stage, Process& process);
    void set_stdin(const Stage& stage, StdinSource source, Process& process);
    void set_output(const Stage& stage, int port, bool has_readers, Process& process);

    const Definition& definition_;
    const Resolver& resolver_;
    FileTable& files_;
    const std::vector<int>& hosts_;
    Plan& plan_;
    Remarks& remarks_;
    std::vector<std::pair<std::string, ResolvedText>> shared_env_;  ///< [env], resolved once
};

}  // namespace pipectl
