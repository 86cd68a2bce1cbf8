#pragma once

// What happens when a mapped file is cut short by somebody who has it too: touching a page that is
// gone raises SIGBUS, mmap(2), which no look beforehand can rule out. As long as a guard lives,
// such a fault in its pages ends the process with words and status 125 instead; every other SIGBUS
// is left to whoever had the signal before.

#include <cstddef>

namespace pipectl::channel {

class PageGuard {
  public:
    /// Beyond some dozens of guards at a time the pages are not guarded.
    PageGuard(const void* begin, std::size_t size) noexcept;
    ~PageGuard();
    PageGuard(const PageGuard&) = delete;
    PageGuard& operator=(const PageGuard&) = delete;

  private:
    std::size_t slot_;
};

}  // namespace pipectl::channel
