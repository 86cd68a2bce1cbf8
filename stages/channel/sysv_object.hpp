#pragma once

// System V objects live in the kernel until they are removed, whoever has died; sysvipc(7). So each
// is written down, under a name that is made and understood here alone, for whoever is left to
// remove it (PrivateFolder::will_create). They are private (IPC_PRIVATE): never a key, never ftok.

#include <string>
#include <string_view>

namespace pipectl::channel {

enum class SysvKind { queue, segment, semaphores };

/// "sysv:msg:17"
std::string sysv_name(SysvKind kind, int id);

/// Removes the object when the text is such a name and the object is still there. False when it is
/// no such name.
bool remove_sysv(std::string_view name) noexcept;

}  // namespace pipectl::channel
