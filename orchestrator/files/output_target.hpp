#pragma once

// What stands at an output's path, found out before anything is opened or changed.
//
// The way there is walked name by name, each in the folder that is open by then, so that nobody can
// change it under us, and nobody's link is followed that rules.hpp does not allow. Links are
// followed to their end, also to an end that does not exist yet; names of our own descriptors
// ("/dev/stdout") are recognised on the way. Asks the system, changes nothing.

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>

#include "stages/base/fd.hpp"

namespace pipectl {

struct OutputTarget {
    enum class Kind {
        absent,          ///< to be created in an existing folder
        regular,         ///< an existing file
        device,          ///< character or block device
        fifo,            ///< named pipe
        own_descriptor,  ///< "/dev/stdout", "/dev/fd/N": `descriptor` of this very process
    };
    Kind kind = Kind::absent;
    Fd folder;  ///< O_PATH; not for own_descriptor
    struct stat folder_status {};
    std::string folder_path;  ///< with the links resolved, for messages
    std::string base;         ///< the name in `folder`
    int descriptor = -1;
    bool mount_point = false;  ///< something is mounted on the file itself: it cannot be renamed
    bool immutable = false;    ///< chattr(1) +i or +a
    struct stat status {};     ///< not for absent
};

/// Why a path cannot be an output.
struct TargetProblem {
    std::string message;
    std::string hint;
};

struct TargetLookup {
    OutputTarget target;
    std::optional<TargetProblem> problem;
};

/// The number behind "/dev/stdout", "/dev/fd/7", "/proc/self/fd/7"; else -1. Such names are not
/// followed: the link behind them names a pipe or a deleted file, and opening it anew would
/// truncate a file or lose the place in it that the caller's other programs share.
int own_descriptor(std::string_view path);

TargetLookup find_output_target(const std::string& path);

/// The folder of the path is not there, so that it may still be made.
bool lacks_folder(const std::string& path);

}  // namespace pipectl
