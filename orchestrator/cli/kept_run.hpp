#pragma once

// What `pipectl resume` has to know of a run: a file beside the streams that the run leaves,
// written as it begins, so that a run that is killed can be resumed too, and removed when it has
// succeeded.
//
// Whoever writes it holds a lock on it (flock(2)) until it has ended, however it ends. Secrets are
// not in it.

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/cache/choice.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/run_options.hpp"
#include "orchestrator/parts/items.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

/// An item of a [for-each] that has ended well.
struct DoneItem {
    ItemValues values;
    std::string run;    ///< its id
    std::string stamp;  ///< another one when a file that it read is
};

struct KeptRun {
    std::string run;  ///< its id
    std::string pipeline;
    std::string source;  ///< the definition's path
    std::string cwd;
    std::string pwd;  ///< the variable, which may be another name of the folder; or empty
    std::string started_at;
    std::vector<std::pair<std::string, std::string>> set;  ///< `--set`, but for secrets
    std::vector<std::string> secrets;                      ///< names of these
    std::string via;
    std::vector<std::pair<std::string, std::string>> stage_via;
    std::optional<std::chrono::milliseconds> timeout;
    bool cached = false;
    std::string input;                ///< what pipectl's stdin is; see own_input()
    std::vector<LeftStream> streams;  ///< not all of which need be there
    std::vector<KeyPart> parts;       ///< of a [for-each]: what all its items depend on
    std::vector<DoneItem> items;
};

/// Throws std::runtime_error: the run cannot be resumed.
[[noreturn]] void refuse_resuming(const KeptRun& run, const std::string& why);
/// The same when there are names of what is not as it was.
void refuse_what_differs(const KeptRun& run, const std::set<std::string>& names);

/// What stands at pipectl's stdin: "nothing", "terminal", "pipe", or a file with its time.
std::string own_input();

/// What is known before the run begins; without id and streams.
KeptRun kept_run_of(const RunOptions& options, const Loaded& loaded);

/// The definition is a file, and runs are remembered.
bool may_be_resumed(const RunOptions& options);

/// The folder with these files, below that of the history.
class KeptRuns {
  public:
    KeptRuns();

    [[nodiscard]] bool usable() const { return folder_.usable(); }
    /// Makes the file, and removes the oldest ones where there are many. Nothing when it cannot be
    /// made; else a descriptor that has the lock.
    Fd write(const KeptRun& run) const;
    void add(int file, const DoneItem& item) const;
    void remove(const std::string& run) const;

    /// The ids of all, the youngest first.
    [[nodiscard]] std::vector<std::string> ids() const;
    /// Nothing when it is not there, or was written half.
    [[nodiscard]] std::optional<KeptRun> read(const std::string& run) const;
    /// Nothing when somebody holds it: the run goes on, or is being resumed.
    [[nodiscard]] Fd lock(const std::string& run) const;
    /// Removes it with the streams that it lists.
    void forget(const KeptRun& run) const;

  private:
    CacheFolder folder_;
};

}  // namespace pipectl
