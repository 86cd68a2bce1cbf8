#include "orchestrator/cli/text_diff.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kMostShown = 40;
/// The table of common subsequences has no more cells.
constexpr std::size_t kMostCells = std::size_t{4} << 20U;

std::vector<std::string> lines_of_text(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        const bool open = end == std::string::npos;
        lines.push_back(text.substr(begin, open ? end : end - begin) +
                        (open ? "   (no newline here)" : ""));
        begin = open ? text.size() : end + 1;
    }
    return lines;
}

struct Shown {
    char mark;
    const std::string* line;
};

/// The longest common subsequence decides, which is quadratic: for what lies between the lines that
/// both begin and end with.
void add_middle(const std::vector<std::string>& left, const std::vector<std::string>& right,
                std::size_t begin, std::size_t end_left, std::size_t end_right,
                std::vector<Shown>& all) {
    const std::size_t rows = end_left - begin;
    const std::size_t columns = end_right - begin;
    std::vector<std::vector<unsigned>> common;
    if (rows * columns <= kMostCells) {
        common.assign(rows + 1, std::vector<unsigned>(columns + 1, 0));
        for (std::size_t i = rows; i-- > 0;) {
            for (std::size_t k = columns; k-- > 0;) {
                common[i][k] = left[begin + i] == right[begin + k]
                                   ? common[i + 1][k + 1] + 1
                                   : std::max(common[i + 1][k], common[i][k + 1]);
            }
        }
    }
    std::size_t i = 0;
    std::size_t k = 0;
    while (i < rows || k < columns) {
        const bool both = i < rows && k < columns;
        if (both && !common.empty() && left[begin + i] == right[begin + k]) {
            all.push_back({' ', &left[begin + i++]});
            ++k;
        } else if (i < rows &&
                   (k == columns || common.empty() || common[i + 1][k] >= common[i][k + 1])) {
            all.push_back({'-', &left[begin + i++]});
        } else {
            all.push_back({'+', &right[begin + k++]});
        }
    }
}

}  // namespace

std::string diff_of(const std::string& expected, const std::string& came,
                    const std::string& indent) {
    const std::vector<std::string> left = lines_of_text(expected);
    const std::vector<std::string> right = lines_of_text(came);
    std::size_t begin = 0;
    while (begin < left.size() && begin < right.size() && left[begin] == right[begin])
        ++begin;
    std::size_t end_left = left.size();
    std::size_t end_right = right.size();
    while (end_left > begin && end_right > begin && left[end_left - 1] == right[end_right - 1]) {
        --end_left;
        --end_right;
    }
    std::vector<Shown> all;
    if (begin > 0) all.push_back({' ', &left[begin - 1]});
    add_middle(left, right, begin, end_left, end_right, all);
    if (end_left < left.size()) all.push_back({' ', &left[end_left]});
    std::string text;
    for (std::size_t i = 0; i < all.size() && i < kMostShown; ++i) {
        text += indent + all[i].mark + " " + one_line(*all[i].line) + "\n";
    }
    if (all.size() > kMostShown) {
        text += indent + "... and " + std::to_string(all.size() - kMostShown) + " lines more\n";
    }
    return text;
}

}  // namespace pipectl
