#include "stages/base/units.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <limits>

namespace pipectl {

namespace {

/// A decimal number as written: digits, and digits after a point.
struct Decimal {
    std::uint64_t whole = 0;
    std::uint64_t fraction = 0;  ///< in units of 1/scale
    std::uint64_t scale = 1;
};

constexpr int kFractionDigits = 6;
constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string quoted(std::string_view text) {
    return "'" + std::string(text) + "'";
}

/// Takes a number off the front of `text`; the reason when there is none.
Parsed<Decimal> take_decimal(std::string_view& text) {
    if (text.starts_with('-')) {
        return {"must not be negative"};
    }
    if (text.empty() || !is_digit(text.front())) {
        return {"does not start with a number"};
    }
    Decimal number;
    while (!text.empty() && is_digit(text.front())) {
        const auto digit = static_cast<std::uint64_t>(text.front() - '0');
        if (number.whole > (kLargest - digit) / 10) {
            return {"is too large"};
        }
        number.whole = number.whole * 10 + digit;
        text.remove_prefix(1);
    }
    if (text.starts_with(',')) {
        return {"has a comma; a fraction is written with a point"};
    }
    if (!text.starts_with('.')) {
        return {number};
    }
    text.remove_prefix(1);
    if (text.empty() || !is_digit(text.front())) {
        return {"has no digits after its point"};
    }
    std::size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) {
        ++digits;
    }
    std::string_view fraction = text.substr(0, digits);
    text.remove_prefix(digits);
    while (fraction.ends_with('0')) {
        fraction.remove_suffix(1);
    }
    if (fraction.size() > kFractionDigits) {
        return {"has more than " + std::to_string(kFractionDigits) + " digits after its point"};
    }
    for (const char c : fraction) {
        number.fraction = number.fraction * 10 + static_cast<std::uint64_t>(c - '0');
        number.scale *= 10;
    }
    return {number};
}

/// number x unit when it is whole; `unit` is at most 2^40, so that the fraction cannot overflow.
Parsed<std::uint64_t> multiply(const Decimal& number, std::uint64_t unit, const char* smallest) {
    const std::uint64_t part = number.fraction * unit;
    if (part % number.scale != 0) {
        return {std::string("is not a whole number of ") + smallest};
    }
    if (number.whole > (kLargest - part / number.scale) / unit) {
        return {"is too large"};
    }
    return {number.whole * unit + part / number.scale};
}

std::uint64_t power(std::uint64_t base, int exponent) {
    std::uint64_t value = 1;
    for (; exponent > 0; --exponent) {
        value *= base;
    }
    return value;
}

constexpr std::string_view kPrefixes = "kmgt";

/// 1 to 4 for k, m, g, t in either case; 0 for anything else.
int prefix_exponent(char c) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const std::size_t at = kPrefixes.find(lower);
    return at == std::string_view::npos ? 0 : static_cast<int>(at) + 1;
}

/// Bytes of a size's unit, or why the unit is refused.
Parsed<std::uint64_t> size_unit(std::string_view unit) {
    if (unit.empty() || unit == "B") {
        return {std::uint64_t{1}};
    }
    const int exponent = prefix_exponent(unit.front());
    const std::string_view rest = unit.substr(1);
    if (exponent == 0 ||
        (!rest.empty() && rest != "iB" && rest != "B" && rest != "ib" && rest != "b")) {
        return {unit == "b" ? std::string("could be bits; bytes are written 'B' or without a unit")
                            : "has an unknown unit " + quoted(unit) +
                                  "; units are k, M, G, T, KiB, MiB, GiB, TiB, kB, MB, GB, TB"};
    }
    const char upper = kPrefixes[exponent - 1] - 'a' + 'A';
    const std::string decimal = exponent == 1 ? "kB" : std::string(1, upper) + "B";
    const std::string binary = std::string(1, upper) + "iB";
    if (rest.empty() || unit == binary || (exponent == 1 && unit == "kiB")) {
        return {power(1024, exponent)};
    }
    if (unit == decimal) {
        return {power(1000, exponent)};
    }
    if (unit == "KB") {
        return {"could mean 1000 or 1024; write kB or KiB"};
    }
    return {"has an ambiguous unit " + quoted(unit) + "; write " + binary +
            " (powers of 1024) or " + decimal + " (powers of 1000)"};
}

struct DurationUnit {
    std::string_view name;
    std::uint64_t ms;
};

/// From long to short, the order in which a duration may name them.
constexpr DurationUnit kDurationUnits[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};

std::string decimal_text(double value, int digits) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

}  // namespace

Parsed<std::uint64_t> parse_size(std::string_view text) {
    const std::string shown = quoted(text);
    if (text.empty()) {
        return {"a size is empty"};
    }
    const auto number = take_decimal(text);
    if (!number.ok()) {
        return {"size " + shown + " " + number.error()};
    }
    if (text.starts_with(' ')) {
        text.remove_prefix(1);
        if (text.empty()) {
            return {"size " + shown + " ends with a blank"};
        }
    }
    const auto unit = size_unit(text);
    if (!unit.ok()) {
        return {"size " + shown + " " + unit.error()};
    }
    auto bytes = multiply(number.value(), unit.value(), "bytes");
    if (!bytes.ok()) {
        return {"size " + shown + " " + bytes.error()};
    }
    return bytes;
}

namespace {

/// "10 minutes" as "10m"; empty when it is nothing of that sort.
std::string duration_in_words(std::string_view text) {
    constexpr std::pair<std::string_view, std::string_view> kWords[] = {{"milliseconds", "ms"},
                                                                        {"millisecond", "ms"},
                                                                        {"msec", "ms"},
                                                                        {"ms", "ms"},
                                                                        {"seconds", "s"},
                                                                        {"second", "s"},
                                                                        {"secs", "s"},
                                                                        {"sec", "s"},
                                                                        {"s", "s"},
                                                                        {"minutes", "m"},
                                                                        {"minute", "m"},
                                                                        {"mins", "m"},
                                                                        {"min", "m"},
                                                                        {"m", "m"},
                                                                        {"hours", "h"},
                                                                        {"hour", "h"},
                                                                        {"hrs", "h"},
                                                                        {"hr", "h"},
                                                                        {"h", "h"},
                                                                        {"days", "d"},
                                                                        {"day", "d"},
                                                                        {"d", "d"}};
    std::string result;
    const auto skip_blanks = [&text] {
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    };
    for (skip_blanks(); !text.empty(); skip_blanks()) {
        const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
        if (digits == 0) return {};
        result += text.substr(0, digits);
        text.remove_prefix(digits);
        skip_blanks();
        const std::string_view word = text.substr(0, text.find_first_of(" 0123456789"));
        const auto* const known =
            std::find_if(std::begin(kWords), std::end(kWords),
                         [&](const auto& each) { return each.first == word; });
        if (known == std::end(kWords)) return {};
        result += known->second;
        text.remove_prefix(word.size());
    }
    return result;
}

}  // namespace

Parsed<std::chrono::milliseconds> parse_duration(std::string_view text) {
    using Result = Parsed<std::chrono::milliseconds>;
    const std::string shown = quoted(text);
    const std::string_view whole = text;
    const auto refuse = [&](const std::string& why) {
        return Result{"duration " + shown + " " + why};
    };
    if (text.empty()) {
        return {"a duration is empty"};
    }
    if (text == "0") {
        return {std::chrono::milliseconds(0)};
    }
    std::uint64_t total = 0;
    const DurationUnit* next_unit = std::begin(kDurationUnits);
    while (!text.empty()) {
        const auto number = take_decimal(text);
        if (!number.ok()) {
            return refuse(number.error());
        }
        const std::size_t letters = std::find_if(text.begin(), text.end(), is_digit) - text.begin();
        const std::string_view name = text.substr(0, letters);
        text.remove_prefix(letters);
        const auto* unit =
            std::find_if(std::begin(kDurationUnits), std::end(kDurationUnits),
                         [&](const DurationUnit& known) { return known.name == name; });
        if (name.empty()) {
            return refuse("has no unit; write for instance '" + shown.substr(1, shown.size() - 2) +
                          "s' for seconds");
        }
        if (unit == std::end(kDurationUnits)) {
            const std::string meant = duration_in_words(whole);
            return refuse("has an unknown unit " + quoted(name) +
                          (meant.empty() ? "; units are ms, s, m, h, d"
                                         : "; did you mean " + quoted(meant) + "?"));
        }
        if (unit < next_unit) {
            return refuse("must name each unit once, the longest first");
        }
        next_unit = unit + 1;
        if (number.value().scale > 1 && !text.empty()) {
            return refuse("may have a fraction in its last part only");
        }
        const auto part = multiply(number.value(), unit->ms, "milliseconds");
        if (!part.ok()) {
            return refuse(part.error());
        }
        const auto longest = static_cast<std::uint64_t>(kLongestDuration.count());
        if (part.value() > longest || total + part.value() > longest) {
            return refuse("is longer than 36500 days");
        }
        total += part.value();
    }
    return {std::chrono::milliseconds(total)};
}

std::string format_size(std::uint64_t bytes) {
    std::string shortest = std::to_string(bytes);
    if (bytes == 0) {
        return shortest;
    }
    const auto consider = [&](std::uint64_t base, int exponent, const char* unit) {
        const std::uint64_t size = power(base, exponent);
        if (bytes % size == 0) {
            std::string text = std::to_string(bytes / size) + unit;
            if (text.size() <= shortest.size()) {
                shortest = std::move(text);
            }
        }
    };
    constexpr const char* kDecimal[] = {"kB", "MB", "GB", "TB"};
    constexpr const char* kBinary[] = {"KiB", "MiB", "GiB", "TiB"};
    for (int exponent = 1; exponent <= 4; ++exponent) {
        consider(1000, exponent, kDecimal[exponent - 1]);
    }
    for (int exponent = 1; exponent <= 4; ++exponent) {
        consider(1024, exponent, kBinary[exponent - 1]);
    }
    return shortest;
}

std::string format_duration(double seconds) {
    if (!std::isfinite(seconds) || seconds <= 0) {
        return "0 ms";
    }
    if (seconds < 0.9995) {
        return decimal_text(seconds * 1e3, seconds < 0.00995 ? 1 : 0) + " ms";
    }
    if (seconds < 59.95) {
        return decimal_text(seconds, 1) + " s";
    }
    const double rounded = std::round(std::min(seconds, 1e15));
    const auto whole = static_cast<std::uint64_t>(rounded);
    const auto pair = [](std::uint64_t large, const char* large_unit, std::uint64_t small,
                         const char* small_unit) {
        return std::to_string(large) + large_unit + (small < 10 ? "0" : "") +
               std::to_string(small) + small_unit;
    };
    if (whole < 3600) {
        return pair(whole / 60, " m ", whole % 60, " s");
    }
    return pair(whole / 3600, " h ", whole / 60 % 60, " m");
}

std::string duration_literal(std::chrono::milliseconds duration) {
    const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(0, duration.count()));
    if (ms == 0) {
        return "0s";
    }
    const auto* unit = std::find_if(std::begin(kDurationUnits), std::end(kDurationUnits),
                                    [&](const DurationUnit& known) { return ms % known.ms == 0; });
    return std::to_string(ms / unit->ms) + std::string(unit->name);
}

}  // namespace pipectl
