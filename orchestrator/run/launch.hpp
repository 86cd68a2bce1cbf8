#pragma once

// One process of the plan as the request that starts it: program, environment, descriptor table.

#include <string>
#include <utility>
#include <vector>

#include "orchestrator/files/outputs.hpp"
#include "orchestrator/links/link_set.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/preflight/preflight.hpp"
#include "orchestrator/process/spawn.hpp"
#include "orchestrator/run/shared_regions.hpp"
#include "orchestrator/run/stage_stderr.hpp"

namespace pipectl {

class Launcher {
  public:
    /// All references must outlive the launcher. `report`: what Descriptor::What::report stands
    /// for. `stages`: where the stderr of some goes that is inherited.
    Launcher(const Plan& plan, const Preflight& preflight, OutputSet& outputs, LinkSet& links,
             const SharedRegions& regions, std::string run_id, int report,
             const StageStderr& stages);

    /// Starts process `index` of the plan. Throws SystemError when one of its descriptors cannot be
    /// made; a failure of the start itself comes back in the result.
    SpawnResult start(int index);

  private:
    /// `own`: the variables that the process is given itself.
    std::vector<std::string> environment_for(
        const std::vector<std::pair<std::string, std::string>>& own, bool detach,
        const UserLookup* user) const;
    /// What may be refused is refused before the first process could have an effect.
    void make_limited_links();
    int descriptor_for(int process, const Descriptor& descriptor, std::vector<Fd>& owned);

    const Plan& plan_;
    const SharedRegions& regions_;
    const Preflight& preflight_;
    OutputSet& outputs_;
    LinkSet& links_;
    std::string run_id_;
    int report_;
    const StageStderr& stages_;
    unsigned long open_files_;  ///< the soft limit that pipectl was started with
    std::vector<int> handled_signals_;
    bool first_start_ = true;
};

/// Raises RLIMIT_NOFILE's soft limit to the hard one and returns what it was; getrlimit(2).
unsigned long raise_open_files();

}  // namespace pipectl
