#pragma once

// What is asked of Slurm for a host, or for each host of a group: `slurm = { .. }`.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pipectl {

struct SlurmNeeds {
    std::int64_t nodes = 1;
    std::optional<std::int64_t> cpus;               ///< of each node
    std::optional<std::uint64_t> memory;            ///< bytes of each node
    std::optional<std::chrono::milliseconds> time;  ///< absent: the partition's
    std::string partition;                          ///< empty: Slurm's own choice
    std::string gres;                               ///< "gpu:1"; empty: none
    std::optional<std::chrono::milliseconds>
        queue_timeout;                 ///< absent: it waits as long as it takes
    std::vector<std::string> options;  ///< further words for salloc(1)
    bool operator==(const SlurmNeeds&) const = default;
};

}  // namespace pipectl
