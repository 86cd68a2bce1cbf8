#pragma once

// Items of a [for-each] that have ended well, written down so that `pipectl resume` does not run
// them again.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/cli/kept_run.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/run_options.hpp"
#include "orchestrator/report/summary.hpp"

namespace pipectl {

class KeptItems {
  public:
    /// All must outlive it. What the run that is resumed has done is put into the summary. Throws
    /// std::runtime_error when what these items depend on is not what it was.
    KeptItems(const RunOptions& options, const Loaded& loaded, Summary& summary);

    [[nodiscard]] bool is_done(std::size_t item) const { return done_[item]; }
    /// What the item is about to read, as it is now; empty where nothing is written down.
    [[nodiscard]] std::string stamp_of(std::size_t item) const;
    /// It has ended well. `stamp`: from before it was started.
    void add(std::size_t item, const std::string& stamp);
    /// All is over: of a success nothing stays; of anything else whoever looks is told.
    void finish(bool well);

  private:
    void take_over(const KeptRun& before);
    void write_down();

    const RunOptions& options_;
    const Loaded& loaded_;
    Summary& summary_;
    std::vector<bool> done_;
    std::optional<KeptRuns> runs_;  ///< absent: nothing is written down
    Fd file_;
};

}  // namespace pipectl
