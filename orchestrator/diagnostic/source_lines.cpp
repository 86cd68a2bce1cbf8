#include "orchestrator/diagnostic/source_lines.hpp"

#include <algorithm>

#include "stages/base/utf8.hpp"

namespace pipectl {

SourceLines::SourceLines(std::string_view text) : text_(text), starts_{0} {
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at)) {
        starts_.push_back(++at);
    }
}

std::string_view SourceLines::line(int number) const {
    if (number < 1 || number > std::ssize(starts_)) {
        return {};
    }
    const std::size_t index = number;
    const std::size_t begin = starts_[index - 1];
    const std::size_t end = index < starts_.size() ? starts_[index] - 1 : text_.size();
    std::string_view line = text_.substr(begin, end - begin);
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

SourceLines::Spot SourceLines::before(const Spot& last, int line, std::size_t start, bool usable) {
    return usable && last.line == line ? last : Spot{line, 1, start};
}

std::size_t SourceLines::offset(Place place) const {
    if (place.line < 1 || place.line > std::ssize(starts_)) {
        return text_.size();
    }
    const std::string_view line = this->line(place.line);
    const std::size_t start = starts_[place.line - 1];
    Spot spot = before(last_offset_, place.line, start, last_offset_.column <= place.column);
    for (; spot.column < place.column && spot.at < start + line.size(); ++spot.column) {
        spot.at += first_code_point(text_.substr(spot.at)).size;
    }
    last_offset_ = spot;
    return spot.at;
}

Place SourceLines::place(std::size_t offset) const {
    offset = std::min(offset, text_.size());
    const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
    const int line = static_cast<int>(next - starts_.begin());
    Spot spot = before(last_place_, line, *(next - 1), last_place_.at <= offset);
    for (; spot.at < offset; ++spot.column) {
        spot.at += first_code_point(text_.substr(spot.at)).size;
    }
    last_place_ = spot;
    return {spot.line, spot.column};
}

}  // namespace pipectl
