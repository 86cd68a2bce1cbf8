#include "stages/base/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "stages/base/utf8.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kLongestSuggestion = 64;
constexpr std::string_view kMeant = "; did you mean '";
constexpr std::string_view kMeantEnd = "'?";

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Case and the choice between '-' and '_' are slips that cost nothing.
std::string fold(std::string_view word) {
    std::string folded(word);
    for (char& c : folded) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        } else if (c == '_') {
            c = '-';
        }
    }
    return folded;
}

/// Insertions, deletions, replacements and swaps of neighbours, each counted as one.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    using Row = std::array<std::size_t, kLongestSuggestion + 1>;
    Row before_last{};
    Row last{};
    Row row{};
    for (std::size_t j = 0; j <= b.size(); ++j) {
        last[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
        before_last = last;
        last = row;
    }
    return last[b.size()];
}

void append_hex(std::string& out, char32_t value, int digits) {
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
        out += "0123456789abcdef"[(value >> static_cast<unsigned>(shift)) & 0xFU];
    }
}

/// A byte inside $'..': octal, because every shell stops it after three digits.
void append_shell_byte(std::string& out, char c) {
    switch (c) {
        case '\n': out += "\\n"; return;
        case '\t': out += "\\t"; return;
        case '\r': out += "\\r"; return;
        case '\'': out += "\\'"; return;
        case '\\': out += "\\\\"; return;
        default: break;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '\\';
    out += static_cast<char>('0' + (byte >> 6U));
    out += static_cast<char>('0' + ((byte >> 3U) & 7U));
    out += static_cast<char>('0' + (byte & 7U));
}

std::string quote(std::string_view word, bool is_program) {
    if (word.empty()) {
        return "''";
    }
    bool plain = word.front() != '=' && word.front() != '~';
    bool escapes = false;
    for (std::size_t at = 0; at < word.size();) {
        const CodePoint point = first_code_point(word.substr(at));
        if (!point.valid || steers_terminal(point.value)) {
            escapes = true;
        } else if (point.size == 1) {
            const char c = word[at];
            const bool harmless =
                is_letter_or_digit(c) ||
                std::string_view("_-./:@%+,~").find(c) != std::string_view::npos ||
                (c == '=' && !is_program);
            plain = plain && harmless;
        }
        at += point.size;
    }
    if (plain && !escapes) {
        return std::string(word);
    }
    std::string quoted = escapes ? "$'" : "'";
    for (std::size_t at = 0; at < word.size();) {
        const CodePoint point = first_code_point(word.substr(at));
        const std::string_view bytes = word.substr(at, point.size);
        if (!escapes) {
            quoted += bytes == "'" ? std::string_view("'\\''") : bytes;
        } else if (!point.valid || steers_terminal(point.value) || bytes == "'" || bytes == "\\") {
            for (const char c : bytes) {
                append_shell_byte(quoted, c);
            }
        } else {
            quoted += bytes;
        }
        at += point.size;
    }
    quoted += '\'';
    return quoted;
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
    if (word.empty() || word.size() > kLongestSuggestion) {
        return {};
    }
    const std::string wanted = fold(word);
    const std::string* best = nullptr;
    std::size_t best_distance = kLongestSuggestion;
    for (const std::string& candidate : candidates) {
        const std::size_t longer = std::max(wanted.size(), candidate.size());
        const std::size_t shorter = std::min(wanted.size(), candidate.size());
        if (candidate.empty() || longer > kLongestSuggestion) {
            continue;
        }
        const std::size_t limit = std::min(std::max<std::size_t>(1, longer / 3), shorter - 1);
        const bool beginning = wanted.size() >= 3 && candidate.starts_with(wanted);
        std::size_t distance = limit + 1;
        if (longer - shorter <= limit) {
            distance = edit_distance(wanted, fold(candidate));
        }
        if (distance > limit && !beginning && distance != 0) {
            continue;
        }
        if (distance < best_distance) {
            best = &candidate;
            best_distance = distance;
        }
    }
    return best != nullptr ? *best : std::string();
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
    const std::string near = nearest(word, candidates);
    return near.empty() ? std::string() : std::string(kMeant) + near + std::string(kMeantEnd);
}

std::string_view meant_in(std::string_view message) {
    const std::size_t at = message.rfind(kMeant);
    if (at == std::string_view::npos || !message.ends_with(kMeantEnd)) return {};
    message.remove_suffix(kMeantEnd.size());
    return message.substr(at + kMeant.size());
}

std::string quote_word(std::string_view word) {
    return quote(word, false);
}

std::string quote_command(const std::vector<std::string>& argv) {
    std::string command;
    for (const std::string& word : argv) {
        command += command.empty() ? quote(word, true) : ' ' + quote(word, false);
    }
    return command;
}

std::string printable(std::string_view text) {
    std::string shown;
    shown.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = first_code_point(text.substr(at));
        const bool kept = point.value == '\t' || point.value == '\n';
        if (!point.valid || (point.value < 0x80 && steers_terminal(point.value) && !kept)) {
            shown += "\\x";
            append_hex(shown, point.value, 2);
        } else if (steers_terminal(point.value) && !kept) {
            shown += "\\u";
            append_hex(shown, point.value, 4);
        } else {
            shown += text.substr(at, point.size);
        }
        at += point.size;
    }
    return shown;
}

std::string one_line(std::string_view text) {
    std::string line;
    for (const char c : printable(text)) {
        if (c == '\n') {
            line += "\\n";
        } else if (c == '\t') {
            line += "\\t";
        } else {
            line += c;
        }
    }
    return line;
}

std::string listed(const std::vector<std::string>& names, std::size_t most, std::string_view last) {
    const bool cut = most < names.size() && names.size() - most > 1;
    const std::size_t shown = cut ? most : names.size();
    std::string list;
    for (std::size_t i = 0; i < shown; ++i) {
        list += i == 0 ? "" : i + 1 == names.size() ? last : ", ";
        list += names[i];
    }
    return cut ? list + " and " + std::to_string(names.size() - shown) + " more" : list;
}

std::string quoted_list(std::vector<std::string> names, std::size_t most, std::string_view last) {
    for (std::string& name : names) {
        name = "'" + name + "'";
    }
    return listed(names, most, last);
}

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter_or_digit(c) || c == '-' || c == '_';
    });
}

}  // namespace pipectl
