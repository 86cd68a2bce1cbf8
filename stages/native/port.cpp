#include "stages/native/port.hpp"

#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string>
#include <system_error>

namespace pipectl::native {

namespace {

std::optional<int> to_number(std::string_view text) {
    int number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool has_ticket(int number) {
    const char* const list = std::getenv("PIPECTL_TICKETS");
    std::string_view rest = list != nullptr ? list : "";
    while (!rest.empty()) {
        const std::string_view word = rest.substr(0, rest.find(' '));
        if (to_number(word) == number) return true;
        rest.remove_prefix(word.size() + (word.size() < rest.size() ? 1 : 0));
    }
    return false;
}

/// A named port: its variable holds /dev/fd/N, with `-` in the name written as `_`.
int named(const char* prefix, std::string_view name) {
    std::string variable = prefix;
    for (const char character : name) {
        variable += character == '-' ? '_' : character;
    }
    constexpr std::string_view kFolder = "/dev/fd/";
    const char* const path = std::getenv(variable.c_str());
    const std::string_view text = path != nullptr ? path : "";
    const auto number =
        text.starts_with(kFolder) ? to_number(text.substr(kFolder.size())) : std::nullopt;
    if (!number) {
        throw std::system_error(ENOENT, std::generic_category(),
                                "there is no port '" + std::string(name) + "'");
    }
    return *number;
}

}  // namespace

Port find_input(std::string_view name) {
    const int number = name == "stdin" ? STDIN_FILENO : named("PIPECTL_IN_", name);
    return {number, has_ticket(number)};
}

Port find_output(std::string_view name) {
    const int number = name == "stdout" ? STDOUT_FILENO : named("PIPECTL_OUT_", name);
    return {number, has_ticket(number)};
}

}  // namespace pipectl::native
