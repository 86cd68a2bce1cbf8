// copy: every byte of standard input to every output.

#include <limits>
#include <optional>

#include "stages/flow/job.hpp"
#include "stages/flow/lockstep.hpp"
#include "stages/flow/readers.hpp"
#include "stages/flow/spill.hpp"

namespace pipectl::helper {

int copy(const Arguments& arguments) {
    std::optional<std::uint64_t> memory;
    std::optional<std::uint64_t> disk;
    std::optional<std::uint64_t> room;
    std::size_t next = 0;
    while (next + 1 < arguments.size() && arguments[next].starts_with("--")) {
        if (const std::size_t told = tell_argument(arguments, next); told > 0) {
            next += told;
            continue;
        }
        const std::string_view option = arguments[next];
        const std::uint64_t number = number_argument(arguments[next + 1], "number of bytes");
        if (option == "--memory") {
            memory = number;
        } else if (option == "--disk") {
            disk = number;
        } else if (option == "--room") {
            room = number;
        } else {
            throw UsageError{"unknown option '" + std::string(option) + "'"};
        }
        next += 2;
    }
    if (room && (memory || disk)) throw UsageError{"--room stands alone"};
    if (disk && !memory) throw UsageError{"--disk needs --memory"};
    const std::vector<int> outputs = descriptor_arguments(arguments, next);
    watch_readers();
    if (room) {
        Spill({.memory = *room, .disk = 0, .wait_when_full = true}, outputs).copy(0);
    } else if (memory) {
        const std::uint64_t most = disk.value_or(std::numeric_limits<std::uint64_t>::max());
        Spill({.memory = *memory, .disk = most, .wait_when_full = false}, outputs).copy(0);
    } else {
        Lockstep(outputs).copy(0);
    }
    return 0;
}

}  // namespace pipectl::helper
