// route: each line to the output whose type stands in one of the line's fields.

#include <algorithm>
#include <stdexcept>

#include "stages/flow/distribute.hpp"
#include "stages/flow/fields.hpp"
#include "stages/flow/job.hpp"
#include "stages/flow/readers.hpp"

namespace pipectl::helper {

namespace {

/// "1,2,7"
std::vector<std::string_view> types_in(std::string_view list) {
    std::vector<std::string_view> types;
    while (!list.empty()) {
        const std::string_view type = list.substr(0, list.find(','));
        types.push_back(type);
        list.remove_prefix(std::min(list.size(), type.size() + 1));
    }
    return types;
}

}  // namespace

int route(const Arguments& arguments) {
    const std::size_t first = tell_argument(arguments, 0);
    if (arguments.size() < first + 2) throw UsageError{"a field and types are missing"};
    const std::uint64_t field = number_argument(arguments[first], "field number");
    const std::vector<std::string_view> types = types_in(arguments[first + 1]);
    const std::vector<int> outputs = descriptor_arguments(arguments, first + 2);
    if (types.size() != outputs.size()) throw UsageError{"as many types as outputs"};
    watch_readers();
    Distributor(outputs, [&](std::string_view line, std::size_t) {
        const std::string_view type = field_of(line, field);
        const auto found = std::find(types.begin(), types.end(), type);
        if (found == types.end()) {
            throw std::runtime_error("no reader takes lines of type '" +
                                     std::string(type.substr(0, 40)) + "'");
        }
        return static_cast<std::size_t>(found - types.begin());
    }).run();
    return 0;
}

}  // namespace pipectl::helper
