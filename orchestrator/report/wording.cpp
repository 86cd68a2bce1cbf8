#include "orchestrator/report/wording.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "orchestrator/text/width.hpp"
#include "stages/base/sentence.hpp"
#include "stages/base/signal_name.hpp"

namespace pipectl {
namespace {

constexpr std::size_t kMostNames = 10;
constexpr std::size_t kLongestCommand = 304;  // columns

}  // namespace

std::string name_list(std::vector<std::string> names) {
    for (std::string& name : names) {
        name = one_line(name);
    }
    return quoted_list(std::move(names), kMostNames, ", ");
}

std::string shown_command(const std::vector<std::string>& argv) {
    return shortened(quote_command(argv), kLongestCommand, " ...");
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

std::string replica_name(std::size_t number) {
    return "  replica " + std::to_string(number);
}

std::string blocks_of(const ReplicaWork& replica) {
    return std::to_string(replica.blocks) + (replica.blocks == 1 ? " block" : " blocks");
}

}  // namespace pipectl
