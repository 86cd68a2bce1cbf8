#pragma once

// Questions to the disk under an output: is there room, are the attributes kept, has it arrived.
//
// All of them on open descriptors; used by OutputSet only.

#include <sys/stat.h>
#include <sys/types.h>

#include <string>

namespace pipectl {

/// 0 when one more byte could be written at the end of the file, else why not: ENOSPC, EDQUOT,
/// EFBIG. A program that ignores write errors leaves no other trace of a full disk. The file's size
/// is the same afterwards. `visible`: others may read the file, so nothing is written, room is only
/// asked for.
int probe_room(int fd, bool visible) noexcept;

/// Gives the file owner and group of `old`. Returns 0 or an errno.
int take_owner(int fd, const struct stat& old) noexcept;

/// Takes away the access list that the file got from its folder: who may read it is what its mode
/// says, or the list of the file that it replaces.
void drop_access_list(int fd) noexcept;

/// Copies access list and user attributes of the file that is open at `old` (O_PATH will do), as
/// far as the file system takes them; xattr(7).
void copy_attributes(int old, int fd);

/// The last `lines` lines from `start` on, without a final newline; at most 64 KiB are looked at.
std::string last_lines(int fd, off_t start, int lines);

/// fsync(2) of the folder that is open at `folder` (O_PATH will do), so that names in it survive a
/// loss of power. Returns 0 or an errno.
int sync_folder(int folder) noexcept;

/// True when nothing was written from `start` on, or only what gzip, bzip2, xz or zstd make of
/// nothing. False for what cannot be read back.
bool holds_nothing(int fd, off_t start) noexcept;

}  // namespace pipectl
