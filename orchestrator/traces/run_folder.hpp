#pragma once

// The run's private folder for names that channels need for a moment: `pipectl.<id>`, mode 0700, in
// $XDG_RUNTIME_DIR when that is ours, else in the first of $TMPDIR, /tmp, /dev/shm and /var/tmp
// that takes files.
//
// Made on first use, so that a run whose channels have no names leaves the file system alone. The
// name has 128 random bits and the folder is made exclusively: a planted one is an error. Locked as
// long as pipectl lives, and the place where System V objects are listed: see
// stages/objects/run_remains.hpp.

#include <string>
#include <vector>

#include "orchestrator/traces/ledger.hpp"
#include "stages/base/fd.hpp"
#include "stages/channel/kind.hpp"

namespace pipectl {

/// Where the folder of a run is or would be.
std::string run_folder_path(const std::string& run_id);

/// Where folders of runs are when they are not in the user's own $XDG_RUNTIME_DIR, best first.
std::vector<std::string> shared_run_places();

/// 32 hexadecimal digits from getrandom(2): a run's id.
std::string make_run_id();

class RunFolder : public channel::PrivateFolder {
  public:
    RunFolder(std::string run_id, Ledger& ledger);

    const std::string& path() override;
    void will_create(const std::string& path) override;
    void removed(const std::string& path) override;

    /// Objects will be made that say nothing about who made them: the list of them is there before
    /// the first, with the folder. A kill between making one and listing it leaves it behind.
    void will_list() noexcept { will_list_ = true; }

    /// Removes the folder when it was made and has nothing in it. Can be called again.
    void close() noexcept;

  private:
    void make_list();

    std::string run_id_;
    Ledger& ledger_;
    std::string path_;
    Fd lock_;  ///< shared with the front: held until both have ended
    Fd list_;  ///< of objects, once it is there
    bool will_list_ = false;
};

}  // namespace pipectl
