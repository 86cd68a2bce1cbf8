#pragma once

// Declared first in every test that starts processes: at the end of the test nothing may be left of
// it. Compares descriptors of this process, its children, processes that carry the test's marker in
// their environment (whatever they did to hide), kernel objects and run folders with the start;
// what a run may still be removing has two seconds. What is left is named, the test fails, and
// left processes are killed.
//
// While it lives, $XDG_RUNTIME_DIR is a private folder, and this process adopts orphans.

#include <sys/types.h>

#include <set>
#include <string>
#include <vector>

namespace pipectl::test {

/// The living processes that carry `marker` (not zombies), each crossing of setsid and fork
/// included.
std::vector<pid_t> survivors(const std::string& marker);

class LeakCheck {
  public:
    LeakCheck();
    ~LeakCheck();
    LeakCheck(const LeakCheck&) = delete;
    LeakCheck& operator=(const LeakCheck&) = delete;

    /// The value of PIPECTL_TEST_MARKER for all that the test starts.
    [[nodiscard]] const std::string& marker() const { return marker_; }
    /// Where runs put their folders: $XDG_RUNTIME_DIR.
    [[nodiscard]] const std::string& runtime_folder() const { return runtime_folder_; }

    /// What is left at this moment, in words; empty: nothing.
    [[nodiscard]] std::vector<std::string> leaks() const;

  private:
    std::string marker_;
    std::string runtime_folder_;
    std::string runtime_before_;
    std::set<std::string> descriptors_;
    std::set<std::string> objects_;
};

}  // namespace pipectl::test
