// deal: whole lines, to the outputs in turn.

#include "stages/flow/distribute.hpp"
#include "stages/flow/job.hpp"
#include "stages/flow/readers.hpp"

namespace pipectl::helper {

int deal(const Arguments& arguments) {
    const std::vector<int> outputs = descriptor_arguments(arguments, tell_argument(arguments, 0));
    watch_readers();
    Distributor(outputs, {}).run();
    return 0;
}

}  // namespace pipectl::helper
