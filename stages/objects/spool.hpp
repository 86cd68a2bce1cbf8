#pragma once

// Files that hold data on its way: never seen by name where the file system allows it, gone with
// their last descriptor. Used by the `file` kind and by spill buffers.

#include <string>

#include "stages/base/fd.hpp"

namespace pipectl::channel {

/// Where data that may be large is put: $TMPDIR, else the first of /var/tmp, /tmp and, which is
/// memory, /dev/shm that takes files.
std::string spool_folder();

/// New files may be made in the folder: it is there, not read-only, and we have the right to.
bool takes_files(const std::string& folder);

/// The folder that a file at `path` would be in; `path` itself when it is one.
std::string folder_of(const std::string& path);

/// A new file without a name in `folder`, mode 0600, opened with `flags` (O_WRONLY or O_RDWR, and
/// O_APPEND). Where the file system has no O_TMPFILE it has a name for an instant. Throws
/// SystemError.
Fd open_nameless(const std::string& folder, int flags);

/// The same file again, with an open file description of its own. Throws SystemError.
Fd open_again(int fd, int flags);

}  // namespace pipectl::channel
