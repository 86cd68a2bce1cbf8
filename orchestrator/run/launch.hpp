#pragma once

// One process of the plan as the request that starts it: program, environment, descriptor table.

#include <map>
#include <optional>
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
#include "orchestrator/run/taps.hpp"
#include "stages/objects/semaphores.hpp"

namespace pipectl {

class Launcher {
  public:
    /// All references must outlive the launcher. `report`: what Descriptor::What::report stands
    /// for, `recording` likewise. `stages`: where the stderr of some goes that is inherited.
    Launcher(const Plan& plan, const Preflight& preflight, OutputSet& outputs, LinkSet& links,
             const SharedRegions& regions, channel::PrivateFolder& folder, std::string run_id,
             int report, int recording, Taps& taps, const StageStderr& stages);

    /// Starts process `index` of the plan. Throws SystemError when one of its descriptors cannot be
    /// made; a failure of the start itself comes back in the result.
    SpawnResult start(int index);

    /// How often the process was started.
    [[nodiscard]] int starts(int process) const { return starts_[process]; }
    /// One that could have been started again will not be: what was kept for that goes.
    void let_go(int index);

    /// What a process that starts after others needs was looked up just now.
    void found_late(int process, LateLook look);

  private:
    /// `own`: the variables that the process is given itself.
    void set_environment(const std::vector<std::pair<std::string, std::string>>& own, bool detach,
                         const UserLookup* user, SpawnRequest& request);
    /// What may be refused is refused before the first process could have an effect.
    void make_limited_links();
    [[nodiscard]] int input_file(int index) const;
    const Fd& spool(int index);
    void open_semaphores();
    /// Lets the process take what it has to hold before it becomes its program.
    void let_hold(int index, SpawnRequest& request);
    /// Lets a helper start several processes of the stage's program in place of one.
    void let_replicate(int index, SpawnRequest& request);
    void let_see_terminal(int index, SpawnRequest& request);
    int descriptor_for(int process, const Descriptor& descriptor, std::vector<Fd>& owned);

    const Plan& plan_;
    const SharedRegions& regions_;
    const Preflight& preflight_;
    OutputSet& outputs_;
    LinkSet& links_;
    channel::PrivateFolder& folder_;
    std::string run_id_;
    int report_;
    int recording_;
    Taps& taps_;
    const StageStderr& stages_;
    /// The soft limit that pipectl was started with, where it was raised.
    std::optional<unsigned long> open_files_;
    std::vector<int> handled_signals_;
    std::vector<std::string> common_environment_;  ///< of all that are given no variables
    bool first_start_ = true;
    std::vector<int> starts_;                   ///< by process
    std::map<int, std::string> late_programs_;  ///< by process
    std::map<int, Fd> late_inputs_;             ///< by Plan::inputs
    std::vector<channel::Units> semaphores_;    ///< by Plan::semaphores: one unit of each
    std::vector<Fd> spools_;                    ///< by Plan::spools, made at first use
};

/// Raises RLIMIT_NOFILE's soft limit to the hard one and returns what it was, when that is another
/// one; getrlimit(2).
std::optional<unsigned long> raise_open_files();

}  // namespace pipectl
