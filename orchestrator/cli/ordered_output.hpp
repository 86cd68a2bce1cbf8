#pragma once

// What several items write to stdout, one after the other: each has a file without a name, whose
// bytes go on when the item is over and its turn has come. Never waits for the reader.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>

#include "stages/base/fd.hpp"

namespace pipectl {

class OrderedOutput {
  public:
    explicit OrderedOutput(bool any_order);

    /// For an item that starts. Throws SystemError.
    static Fd new_file();

    /// The item is over, with its file; an empty one where it was never started.
    void add(std::size_t item, Fd file);

    /// Files that wait for their turn or for the reader.
    [[nodiscard]] std::size_t waiting() const { return ready_.size() + held_.size(); }
    /// There is something to write now: poll(2) stdout for it.
    [[nodiscard]] bool has_more() const { return !ready_.empty(); }
    /// Writes what stdout, which is ready, takes at once.
    void write_some();
    /// The reader has left.
    [[nodiscard]] bool broken() const { return broken_; }
    /// The errno of the last write that failed for another reason; 0: none did.
    [[nodiscard]] int failed() const { return error_; }

  private:
    bool any_order_;
    std::size_t next_ = 0;            ///< the item whose turn it is
    std::map<std::size_t, Fd> held_;  ///< over, before their turn
    std::deque<Fd> ready_;
    off_t at_ = 0;  ///< in the first one that is ready
    std::size_t block_;
    bool broken_ = false;
    int error_ = 0;
};

}  // namespace pipectl
