#pragma once

// System V objects live in the kernel until they are removed, whoever has died; sysvipc(7). So each
// is written down, under a name that is made and understood here alone, for whoever is left to
// remove it (PrivateFolder::will_create). They are private (IPC_PRIVATE): never a key, never ftok.

#include <sys/ipc.h>

#include <ctime>
#include <string>
#include <string_view>

namespace pipectl::channel {

enum class SysvKind { queue, segment, semaphores };

/// "sysv:msg:17"
std::string sysv_name(SysvKind kind, int id);

/// Whether sysv_name() could have made this.
bool is_sysv_name(std::string_view name) noexcept;

/// Removes the object when the text is such a name and the object is still there. False when it is
/// no such name.
bool remove_sysv(std::string_view name) noexcept;

/// Whether nobody but this user may use, change or remove the object, root aside. The creator keeps
/// its rights when it has given the object away (IPC_SET; sysvipc(7)), so both ids count.
bool is_users_alone(const ipc_perm& who) noexcept;

/// Whether the text is such a name and the object is there, private, of this user alone, and made
/// before `latest` (time(2), give or take a few seconds).
bool is_own_sysv(std::string_view name, std::time_t latest) noexcept;

}  // namespace pipectl::channel
