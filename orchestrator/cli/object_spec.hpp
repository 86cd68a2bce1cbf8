#pragma once

// How an object of IPC is named on the command line: `sysv-mq:0x5121`, `sysv-shm:id=3`, `mq:/jobs`,
// `shm:/table`, `sem:/gate`; and, where it must be there, by what stands in one column of the list:
// an id, a key with its 0x, or a name with its slash; a plain word is a semaphore of this user's,
// as definitions and `pipectl hold` name it.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/traces/system_objects.hpp"

namespace pipectl {

struct ObjectSpec {
    std::optional<SystemObject::Kind> kind{};
    std::optional<key_t> key{};
    std::optional<int> id{};
    std::string name{};
};

/// Nothing when the text is no such name.
std::optional<ObjectSpec> object_spec(std::string_view text);

/// Those of the list that are meant.
std::vector<const SystemObject*> objects_of(const ObjectSpec& spec,
                                            std::span<const SystemObject> objects);

}  // namespace pipectl
