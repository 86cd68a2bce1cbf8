#pragma once

// The shared regions of a run: made before its first stage, filled, and removed with it.
//
// Each is the user's alone (0600), is in the ledger before anybody can see it, and is kept open as
// long as the supervisor lives, so that whoever looks for what nobody uses does not take it. All
// its memory is taken at once: a stage that writes to it later does not find the machine full.

#include <string>
#include <vector>

#include "orchestrator/plan/plan.hpp"
#include "orchestrator/preflight/preflight.hpp"
#include "stages/base/fd.hpp"
#include "stages/channel/kind.hpp"

namespace pipectl {

class SharedRegions {
  public:
    /// All must outlive this.
    SharedRegions(const Plan& plan, const Preflight& preflight, channel::PrivateFolder& folder);

    /// Throws SystemError.
    void make();

    /// The path of a region, or the id of a segment. They were made.
    [[nodiscard]] const std::string& where(int region) const { return where_[region]; }

    /// Puts these into the words and variables that ask for them, and adds the variables by which a
    /// stage finds all.
    void name_in(const Process& process, std::vector<std::string>& argv,
                 std::vector<std::pair<std::string, std::string>>& env) const;

    /// Where the process's texts want the number of a replica once name_in() has changed them, from
    /// the right.
    [[nodiscard]] std::vector<RegionWord> replica_numbers_of(const Process& process) const;

  private:
    void make_file(const SharedRegion& region);
    void make_segment(const SharedRegion& region);
    void fill(const SharedRegion& region, void* memory) const;

    const Plan& plan_;
    const Preflight& preflight_;
    channel::PrivateFolder& folder_;
    std::vector<std::string> where_;
    std::vector<Fd> open_;
};

}  // namespace pipectl
