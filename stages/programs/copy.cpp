// copy: every byte of standard input to every output.

#include <limits>

#include "stages/flow/jobs.hpp"
#include "stages/flow/lockstep.hpp"
#include "stages/flow/readers.hpp"
#include "stages/flow/spill.hpp"

namespace pipectl::helper {

int run(const job::Copy& what) {
    const std::vector<int>& outputs = what.outputs.numbers;
    watch_readers();
    if (what.room) {
        Spill({.memory = *what.room, .disk = 0, .wait_when_full = true}, outputs).copy(0);
    } else if (what.memory) {
        const std::uint64_t most = what.disk.value_or(std::numeric_limits<std::uint64_t>::max());
        Spill({.memory = *what.memory, .disk = most, .wait_when_full = false}, outputs).copy(0);
    } else {
        Lockstep(outputs).copy(0);
    }
    return 0;
}

}  // namespace pipectl::helper
