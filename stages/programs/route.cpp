// route: each line to the output whose type stands in one of the line's fields.

#include <algorithm>
#include <stdexcept>

#include "stages/flow/distribute.hpp"
#include "stages/flow/fields.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/flow/readers.hpp"

namespace pipectl::helper {

int run(const job::Route& what) {
    watch_readers();
    Distributor(what.outputs.numbers, [&](std::string_view line, std::size_t) {
        const std::string_view type = field_of(line, what.field);
        const auto found = std::find(what.types.begin(), what.types.end(), type);
        if (found == what.types.end()) {
            throw std::runtime_error("no reader takes lines of type '" +
                                     std::string(type.substr(0, 40)) + "'");
        }
        return found - what.types.begin();
    }).run();
    return 0;
}

}  // namespace pipectl::helper
