#pragma once

// poll(2) as the jobs use it: one list of descriptors, made anew for each wait.

#include <poll.h>

#include <vector>

namespace pipectl::helper {

class Waiting {
  public:
    void clear() { entries_.clear(); }
    /// With no events only the descriptor's end is waited for. Returns the index for `events`.
    std::size_t add(int fd, short events) {
        entries_.push_back({fd, events, 0});
        return entries_.size() - 1;
    }
    /// Waits until one of them has something to say, a signal comes, or the time is over.
    void wait(int timeout_ms = -1);
    [[nodiscard]] short events(std::size_t index) const { return entries_[index].revents; }

  private:
    std::vector<pollfd> entries_;
};

/// Whether poll(2) has something to say of it right now.
bool is_ready(int fd, short events);

}  // namespace pipectl::helper
