#pragma once

// Takes units of semaphores and locks, all or none, and holds nothing while it waits.
//
// What is taken belongs to the calling process and outlives execve(2): the kernel gives it back
// when that process ends, however it does (SEM_UNDO, semop(2); flock(2)). A lock is an open
// descriptor, which the program inherits.

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "stages/base/fd.hpp"
#include "stages/objects/semaphores.hpp"

namespace pipectl::channel {

struct LockFile {
    std::string path;
    bool shared = false;
    std::optional<std::chrono::milliseconds> wait;  ///< absent: not at all

    bool operator==(const LockFile&) const = default;
};

/// A lock was held by somebody else for as long as it was waited for.
class LockHeld : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The locks, in the order given, close-on-exec; the units are the process's own. Units are waited
/// for without a bound. Throws LockHeld; SystemError when a semaphore is gone or a file cannot be
/// opened.
std::vector<Fd> take_all(const std::vector<Units>& units, const std::vector<LockFile>& locks);

/// Gives the locks to whatever program this process becomes, at numbers that scripts do not use.
void let_inherit(const std::vector<Fd>& locks);

}  // namespace pipectl::channel
