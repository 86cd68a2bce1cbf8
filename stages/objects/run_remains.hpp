#pragma once

// What of a run outlives its processes when all of them are killed: the run's private folder with
// the names in it, and System V objects, which the kernel keeps and which say nothing about who
// made them. So a run that makes such an object lists it in a file of its folder, and whoever finds
// the folder with no owner can remove both.
//
// The folder has an owner as long as somebody has it locked, shared (flock(2)): the kernel lets go
// of a lock when the last process that holds it has gone, and no pid has to be trusted.

#include <string>
#include <string_view>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl::channel {

/// The file of a run's folder that says which processes are its own; see
/// orchestrator/guard/known_processes.hpp.
inline constexpr const char* kProcessList = "processes";

/// The list's path in a run's folder.
std::string object_list_path(const std::string& folder);

/// Opens the list of the folder to add to it, and makes it when it is not there. Throws
/// SystemError.
Fd open_object_list(const std::string& folder);

/// Writes a name of sysv_name(), fifo_name() or region_name() into the list, by one system call:
/// until then nobody knows the object but its maker. Throws SystemError.
void list_object(int list, const std::string& name);

/// Makes the folder, mode 0700, and locks it as its owner. What is returned keeps it. Throws
/// SystemError; a folder that is there already is one (EEXIST).
Fd make_owned_folder(const std::string& path);

/// A run's folder whose owner has gone, locked against everybody else.
class Remains {
  public:
    /// Nothing can be told of a folder that is not the caller's own, or cannot be locked at all.
    enum class State { owned, abandoned, unknown };

    explicit Remains(std::string folder);

    [[nodiscard]] State state() const { return state_; }

    /// The listed FIFOs and System V objects that are still there and are, as far as the kernel can
    /// say, the ones that were listed: of this user and this boot, and the latter private and not
    /// younger than the list.
    [[nodiscard]] std::vector<std::string> objects() const;

    /// Removes them, the files in the folder, and the folder. Only when it is abandoned and has
    /// nothing in it but this user's files, no folder. False when something is left.
    bool remove() noexcept;

  private:
    std::string path_;
    Fd folder_;
    State state_ = State::unknown;
};

}  // namespace pipectl::channel
