#pragma once

// Files and folders that a stage's output depends on, as they are now: what is in them, and whether
// they are still the same when the stage has ended.
//
// What is in a file is its bytes, whatever its times say. Of a folder it is the names below it with
// size, inode and times of each. That something has changed later is seen by the times of the
// kernel (ctime), which nobody can set; a file that was changed within the last tick of that clock
// is looked at when the tick has passed. What writes through a mapping (mmap(2)) may be seen late.

#include <map>
#include <string>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl {

class Witnesses {
  public:
    /// By their times and sizes alone what is in files is not read: for who asks whether they are
    /// the same files, not whether others are like them.
    enum class Look { bytes, stamps };
    explicit Witnesses(Look look = Look::bytes) : look_(look) {}

    struct Seen {
        std::string path;
        std::string content;  ///< equal for equal content
        std::string why_not;  ///< why that cannot be told; else empty
        std::string stamp;    ///< changes when the file does
    };

    /// Index of what is at the path, looked at once; -1: nothing is. Folders only when `folders`.
    int look_at(const std::string& path, bool folders = true);
    /// The same of what is open at `fd`, which is held open: whoever asks later may have another
    /// file there. -1: it cannot be.
    int look_at_open(int fd);
    [[nodiscard]] const Seen& at(int index) const { return seen_[index]; }

    /// The path of the first that is not what it was; empty: all are.
    [[nodiscard]] std::string changed(const std::vector<int>& which) const;

  private:
    Look look_;
    std::vector<Seen> seen_;
    std::map<std::string, int> known_;
    std::vector<Fd> held_;
};

}  // namespace pipectl
