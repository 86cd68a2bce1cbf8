#pragma once

// What this machine's kernel allows for pipes, queues, shared memory and sockets: read from /proc,
// getrlimit(2) and statvfs(2). Nothing else is opened, nothing is tried out.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pipectl {

enum class LimitUnit { bytes, pages, count };

struct MachineLimit {
    std::string_view name;    ///< "msgmax"
    std::string_view source;  ///< where it is set or seen: a file, "ulimit -q", a folder
    LimitUnit unit;
    std::string_view meaning;            ///< one line for people
    std::optional<std::uint64_t> value;  ///< nothing: this system does not say
    bool unlimited = false;              ///< then there is no value either
};

/// All of them, in a fixed order, those that this system does not have included.
std::vector<MachineLimit> machine_limits();

/// The number at that place (0: the first) in a small file of numbers such as
/// /proc/sys/kernel/sem. Nothing when there is none.
std::optional<std::uint64_t> number_in_file(const std::string& path, int place = 0);

}  // namespace pipectl
