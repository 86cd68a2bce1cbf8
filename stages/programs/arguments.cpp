#include <fcntl.h>

#include <algorithm>
#include <charconv>

#include "stages/flow/job.hpp"
#include "stages/flow/readers.hpp"

namespace pipectl::helper {

std::uint64_t number_argument(std::string_view text, std::string_view what) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) {
        throw UsageError{"'" + std::string(text) + "' is not a " + std::string(what)};
    }
    return number;
}

std::size_t tell_argument(const Arguments& arguments, std::size_t at) {
    if (at + 1 >= arguments.size() || arguments[at] != "--tell") return 0;
    tell_of_finished(descriptor_arguments({arguments[at + 1]}, 0).front());
    return 2;
}

std::vector<int> descriptor_arguments(const Arguments& arguments, std::size_t from) {
    std::vector<int> descriptors;
    for (std::size_t i = from; i < arguments.size(); ++i) {
        const auto number = number_argument(arguments[i], "descriptor number");
        const int fd = number > 1 << 24 ? -1 : static_cast<int>(number);
        if (::fcntl(fd, F_GETFD) < 0) {
            throw UsageError{"descriptor " + std::string(arguments[i]) + " is not open"};
        }
        if (std::find(descriptors.begin(), descriptors.end(), fd) != descriptors.end()) {
            throw UsageError{"descriptor " + std::string(arguments[i]) + " is named twice"};
        }
        descriptors.push_back(fd);
    }
    if (descriptors.empty()) throw UsageError{"no descriptors were named"};
    return descriptors;
}

std::string cannot_write(int fd) {
    return "cannot write to descriptor " + std::to_string(fd);
}

std::string cannot_read(int fd) {
    return "cannot read from descriptor " + std::to_string(fd);
}

}  // namespace pipectl::helper
