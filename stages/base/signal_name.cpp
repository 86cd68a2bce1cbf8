#include "stages/base/signal_name.hpp"

#include <charconv>
#include <csignal>
#include <cstring>
#include <utility>

namespace pipectl {

namespace {

/// Second names that signal(7) lists; signal_name uses the first ones.
constexpr std::pair<std::string_view, int> kAliases[] = {
    {"IOT", SIGIOT}, {"CLD", SIGCHLD}, {"IO", SIGIO}, {"POLL", SIGPOLL}};

/// Signals below the real-time ones; 32 and 33 belong to the C library.
constexpr int kLastStandard = 31;

std::optional<int> to_number(std::string_view digits) {
    int number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool whole = error == std::errc() && end == digits.data() + digits.size();
    return whole && number >= 0 ? std::optional(number) : std::nullopt;
}

bool exists(int number) {
    return (number >= 1 && number <= kLastStandard) || (number >= SIGRTMIN && number <= SIGRTMAX);
}

std::optional<int> real_time_number(std::string_view name) {
    const bool from_below = name.starts_with("RTMIN");
    if (!from_below && !name.starts_with("RTMAX")) {
        return std::nullopt;
    }
    const int base = from_below ? SIGRTMIN : SIGRTMAX;
    const std::string_view rest = name.substr(5);
    if (rest.empty()) {
        return base;
    }
    const auto offset = to_number(rest.substr(1));
    if (rest.front() != (from_below ? '+' : '-') || !offset || *offset > SIGRTMAX - SIGRTMIN) {
        return std::nullopt;
    }
    return from_below ? base + *offset : base - *offset;
}

}  // namespace

std::string signal_name(int number) {
    if (number >= 1 && number <= kLastStandard) {
        if (const char* name = ::sigabbrev_np(number); name != nullptr) {
            return std::string("SIG") + name;
        }
    }
    if (number >= SIGRTMIN && number <= SIGRTMAX) {
        const int offset = number - SIGRTMIN;
        return offset == 0 ? "SIGRTMIN" : "SIGRTMIN+" + std::to_string(offset);
    }
    return "signal " + std::to_string(number);
}

std::optional<int> signal_number(std::string_view name) {
    if (const auto number = to_number(name)) {
        return exists(*number) ? number : std::nullopt;
    }
    std::string upper(name);
    for (char& c : upper) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    std::string_view wanted = upper;
    if (wanted.starts_with("SIG")) {
        wanted.remove_prefix(3);
    }
    for (int number = 1; number <= kLastStandard; ++number) {
        const char* known = ::sigabbrev_np(number);
        if (known != nullptr && wanted == known) {
            return number;
        }
    }
    for (const auto& [alias, number] : kAliases) {
        if (wanted == alias) {
            return number;
        }
    }
    return real_time_number(wanted);
}

std::vector<std::string> signal_names() {
    std::vector<std::string> names;
    for (int number = 1; number <= kLastStandard; ++number) {
        if (const char* name = ::sigabbrev_np(number); name != nullptr) {
            names.push_back(std::string("SIG") + name);
        }
    }
    for (const auto& alias : kAliases) {
        names.push_back("SIG" + std::string(alias.first));
    }
    names.insert(names.end(), {"SIGRTMIN", "SIGRTMAX"});
    return names;
}

}  // namespace pipectl
