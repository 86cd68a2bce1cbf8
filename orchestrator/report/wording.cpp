#include "orchestrator/report/wording.hpp"

#include <array>
#include <charconv>

#include "stages/base/sentence.hpp"
#include "stages/base/signal_name.hpp"
#include "stages/base/utf8.hpp"

namespace pipectl {
namespace {

constexpr std::size_t kMostNames = 10;
constexpr std::size_t kLongestCommand = 300;  // code points

}  // namespace

std::string name_list(const std::vector<std::string>& names) {
    std::string list;
    const bool cut = names.size() > kMostNames + 1;
    const std::size_t shown = cut ? kMostNames : names.size();
    for (std::size_t i = 0; i < shown; ++i) {
        list += (i == 0 ? "'" : ", '") + one_line(names[i]) + "'";
    }
    return cut ? filled("{} and {} more", list, names.size() - shown) : list;
}

std::string shown_command(const std::vector<std::string>& argv) {
    std::string command = quote_command(argv);
    const std::string_view rest = command;
    std::size_t at = 0;
    for (std::size_t points = 0; at < rest.size(); ++points) {
        if (points == kLongestCommand) {
            return command.substr(0, at) + " ...";
        }
        at += first_code_point(rest.substr(at)).size;
    }
    return command;
}

std::string short_status(const ExitStatus& status) {
    return status.signal != 0 ? signal_name(status.signal) : std::to_string(status.code);
}

std::string format_memory(long bytes) {
    constexpr std::array<const char*, 5> kUnits = {" B", " KiB", " MiB", " GiB", " TiB"};
    auto amount = static_cast<double>(bytes);
    std::size_t unit = 0;
    // 1023.95 would be shown as 1024.0
    while (amount >= 1023.95 && unit + 1 < kUnits.size()) {
        amount /= 1024;
        ++unit;
    }
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), amount,
                                   std::chars_format::fixed, unit == 0 ? 0 : 1);
    return std::string(digits.data(), end.ptr) + kUnits[unit];
}

}  // namespace pipectl
