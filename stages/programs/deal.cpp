// deal: whole lines, to the outputs in turn.

#include "stages/flow/distribute.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/flow/readers.hpp"

namespace pipectl::helper {

int run(const job::Deal& what) {
    watch_readers();
    Distributor(what.outputs.numbers, {}).run();
    return 0;
}

}  // namespace pipectl::helper
