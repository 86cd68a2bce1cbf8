#include "stages/base/kernel_limit.hpp"

#include <charconv>
#include <string>

#include "stages/base/fd.hpp"

namespace pipectl {

std::uint64_t kernel_limit(const char* path, std::uint64_t otherwise) {
    const std::string text = read_small_file(path);
    std::uint64_t number = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace pipectl
