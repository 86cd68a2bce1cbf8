#include "stages/flow/fields.hpp"

namespace pipectl::helper {

namespace {

constexpr std::string_view kBlanks = " \t";

}  // namespace

std::string_view field_of(std::string_view line, std::uint64_t field) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    for (std::uint64_t i = 0; i < field; ++i) {
        const std::size_t begin = line.find_first_not_of(kBlanks);
        if (begin == std::string_view::npos) return {};
        line.remove_prefix(begin);
        const std::size_t end = line.find_first_of(kBlanks);
        if (i + 1 == field) return line.substr(0, end);
        if (end == std::string_view::npos) return {};
        line.remove_prefix(end);
    }
    return line;
}

}  // namespace pipectl::helper
