#include "orchestrator/definition/source_lines.hpp"

#include <algorithm>

#include "stages/base/utf8.hpp"

namespace pipectl {

SourceLines::SourceLines(std::string_view text) : text_(text), starts_{0} {
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at)) {
        starts_.push_back(++at);
    }
}

std::string_view SourceLines::line(int number) const {
    if (number < 1 || static_cast<std::size_t>(number) > starts_.size()) {
        return {};
    }
    const std::size_t begin = starts_[static_cast<std::size_t>(number) - 1];
    std::string_view line = text_.substr(begin, text_.find('\n', begin) - begin);
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

std::size_t SourceLines::offset(Place place) const {
    if (place.line < 1 || static_cast<std::size_t>(place.line) > starts_.size()) {
        return text_.size();
    }
    std::string_view rest = line(place.line);
    std::size_t at = starts_[static_cast<std::size_t>(place.line) - 1];
    for (int column = 1; column < place.column && !rest.empty(); ++column) {
        const std::size_t size = first_code_point(rest).size;
        rest.remove_prefix(size);
        at += size;
    }
    return at;
}

Place SourceLines::place(std::size_t offset) const {
    offset = std::min(offset, text_.size());
    const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
    std::size_t at = *(next - 1);
    int column = 1;
    for (; at < offset; ++column) {
        at += first_code_point(text_.substr(at)).size;
    }
    return {static_cast<int>(next - starts_.begin()), column};
}

}  // namespace pipectl
