#pragma once

// Names in the file system, message queues and System V objects that must be gone when the run is
// over, whoever dies.
//
// The front process and the supervisor share it: a name is written down before it is made, and
// whichever of the two is left removes what is still on the list. Paths only, no descriptors.

#include <cstddef>
#include <string>

namespace pipectl {

class Ledger {
  public:
    /// A page of memory shared with children of fork(2). Throws SystemError.
    Ledger();
    ~Ledger();
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    /// Throws SystemError when the path is too long or the list is full.
    void add(const std::string& path);
    void remove(const std::string& path) noexcept;

    /// Removes everything that is still listed, the latest first: files by unlink(2), folders,
    /// which are empty by then, by rmdir(2), and what sysv_name() and queue_name() have
    /// named.
    void clean_up() noexcept;

  private:
    struct Page;
    Page* page_;
    std::size_t next_ = 0;  ///< where a free slot is looked for first
};

}  // namespace pipectl
