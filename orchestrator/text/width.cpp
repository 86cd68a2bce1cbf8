#include "orchestrator/text/width.hpp"

#include <utf8proc.h>

#include <algorithm>

#include "stages/base/text.hpp"
#include "stages/base/utf8.hpp"

namespace pipectl {

std::size_t width_of(char32_t code_point) {
    return std::max(0, ::utf8proc_charwidth(static_cast<utf8proc_int32_t>(code_point)));
}

std::size_t width_of(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        const CodePoint point = first_code_point(text);
        width += point.valid ? width_of(point.value) : 1;  // a terminal's mark for what is no UTF-8
        text.remove_prefix(point.size);
    }
    return width;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
    std::size_t end = 0;
    std::size_t width = 0;
    while (end < text.size()) {
        const CodePoint point = first_code_point(text.substr(end));
        width += point.valid ? width_of(point.value) : 1;
        if (width > columns) {
            break;
        }
        end += point.size;
    }
    return std::string(text.substr(0, end));
}

std::string shortened(std::string_view text, std::size_t columns, std::string_view mark) {
    std::string line = one_line(text);
    if (width_of(line) <= columns) {
        return line;
    }
    return cut_to_width(line, columns - std::min(columns, width_of(mark))).append(mark);
}

std::string padded(std::string text, std::size_t columns) {
    const std::size_t width = width_of(text);
    return text.append(columns - std::min(columns, width), ' ');
}

std::string padded_left(std::string text, std::size_t columns) {
    const std::size_t width = width_of(text);
    return text.insert(0, columns - std::min(columns, width), ' ');
}

}  // namespace pipectl
