#pragma once

// Whose file may be written to, and what a new file takes over from the one that it replaces.
//
// The kernel asks these questions where a program opens a file by its path: see
// `protected_symlinks` and `protected_regular` in proc_sys_fs(5). An output is never opened by its
// path: its links are followed here, and a nameless file takes over its name. So the questions are
// asked here as well.

#include <sys/stat.h>

namespace pipectl {

/// False for what another user may have planted: in a sticky folder that others may write to, such
/// as /tmp, a link or a file that is neither ours nor the folder owner's.
bool may_touch(const struct stat& object, const struct stat& folder) noexcept;

/// False where a link of `led_by`, who is another user, leads to what is ours: following it would
/// lend our rights to that user. Links of root may lead anywhere.
bool may_be_led(uid_t led_by, uid_t owner) noexcept;

/// Whether the new file may be given to the owner of `old`. Not in a folder where a third user
/// could have put a file of that owner: it would hold our text under another's name.
bool may_keep_owner(const struct stat& old, const struct stat& folder) noexcept;

/// The permissions of a file that replaces `old`: its own when it is ours; of another user's file
/// no more than a new file gets by the umask. Never set-user-ID, set-group-ID or the sticky bit.
mode_t mode_after(const struct stat& old) noexcept;

}  // namespace pipectl
