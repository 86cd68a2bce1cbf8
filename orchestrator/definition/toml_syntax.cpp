#include "orchestrator/definition/toml_syntax.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/diagnostic/source_lines.hpp"
#include "stages/base/utf8.hpp"

namespace pipectl {

namespace {

constexpr int kDeepestKey = 64;
constexpr std::size_t kNowhere = std::string_view::npos;

/// A walk over the text that knows strings and comments, and what is open where it stops.
struct Walk {
    std::size_t open_string = kNowhere;  ///< its first quote, when the walk ended inside one
    std::vector<std::size_t> open_brackets;
    std::size_t deep_key = kNowhere;  ///< where a key became too deep
};

/// Three quotes, as a string of several lines has them.
bool is_long_form(std::string_view text, std::size_t at) {
    return text.substr(at).starts_with(std::string(3, text[at]));
}

/// The end of the string that begins at `at`: behind its last quote; kNowhere when it has none.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    const char quote = text[at];
    const bool long_form = is_long_form(text, at);
    at += long_form ? 3 : 1;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\\' && quote == '"') {
            ++at;
        } else if (c == '\n' && !long_form) {
            return kNowhere;
        } else if (c == quote && !long_form) {
            return at + 1;
        } else if (c == quote && text.size() - at >= 3 && text[at + 1] == quote &&
                   text[at + 2] == quote) {
            // up to two quotes may stand directly before the closing three
            for (at += 3; at < text.size() && text[at] == quote;) {
                ++at;
            }
            return at;
        }
    }
    return kNowhere;
}

/// Walks over the first `size` bytes.
Walk walk(std::string_view text, std::size_t size) {
    Walk state;
    int dots = 0;
    for (std::size_t at = 0; at < size;) {
        const char c = text[at];
        if (c == '"' || c == '\'') {
            const std::size_t end = end_of_string(text, at);
            if (end == kNowhere || end > size) {
                state.open_string = at;
                return state;
            }
            at = end;
            continue;
        }
        if (c == '#') {
            at = text.find('\n', at);
            if (at == kNowhere) {
                return state;
            }
            continue;
        }
        if (c == '[' || c == '{') {
            state.open_brackets.push_back(at);
            dots = 0;
        } else if (c == ']' || c == '}') {
            if (!state.open_brackets.empty()) {
                state.open_brackets.pop_back();
            }
        } else if (c == '.') {
            if (++dots == kDeepestKey && state.deep_key == kNowhere) {
                state.deep_key = at;
            }
        } else if (c == '\n' || c == '=' || c == ',') {
            dots = 0;
        }
        ++at;
    }
    return state;
}

Diagnostic at_place(Place place, std::string message, std::string hint = {}, int length = 1) {
    return {Severity::error, place, std::move(message), std::move(hint), length};
}

/// What a reader takes for one word at `offset`.
std::string_view word_at(std::string_view text, std::size_t offset) {
    const std::size_t end = text.find_first_of(" \t\r\n,]}#=", offset);
    return text.substr(offset, end == kNowhere ? kNowhere : end - offset);
}

int code_points(std::string_view text) {
    int count = 0;
    for (; !text.empty(); text.remove_prefix(first_code_point(text).size)) {
        ++count;
    }
    return count;
}

/// The text between the first pair of quotes in a message of the library.
std::string_view quoted_in(std::string_view message) {
    const std::size_t begin = message.find('\'');
    const std::size_t end = message.rfind('\'');
    return begin == end ? std::string_view() : message.substr(begin + 1, end - begin - 1);
}

/// One error of the library with all that is needed to explain it.
struct Failure {
    std::string_view text;
    SourceLines lines;
    std::string_view message;
    std::size_t offset;
    Place place;
    Walk state;

    [[nodiscard]] bool says(std::string_view part) const { return message.find(part) != kNowhere; }
    [[nodiscard]] bool at_end() const { return says("end-of-file"); }
    [[nodiscard]] std::string found() const {
        const std::string_view word = word_at(text, offset);
        if (offset >= text.size()) {
            return "the end of the file";
        }
        if (text[offset] == '\n' || text[offset] == '\r') {
            return "the end of the line";
        }
        return "'" + std::string(word.empty() ? text.substr(offset, 1) : word.substr(0, 40)) + "'";
    }
};

/// "cannot redefine existing ..."
Diagnostic explain_twice(const Failure& failure) {
    const std::string name(quoted_in(failure.message));
    const std::string_view line = failure.lines.line(failure.place.line);
    const std::string_view trimmed =
        line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
    if (trimmed.starts_with('[')) {
        const Place place{failure.place.line, code_points(line.substr(0, line.find('['))) + 1};
        const int length = code_points(word_at(trimmed.substr(0), 0)) + 1;
        if (name == "stage") {
            return at_place(place, "'[stage]' beside '[[stage]]'",
                            "each stage begins with [[stage]], in two brackets", length);
        }
        return at_place(place, "'" + name + "' is there twice", "put all its keys into one place",
                        length);
    }
    const std::size_t before = failure.offset - failure.lines.offset({failure.place.line, 1});
    const std::size_t dot = name.rfind('.');
    const std::string last = dot == std::string::npos ? name : name.substr(dot + 1);
    const std::size_t key = line.substr(0, before).rfind(last);
    if (key == kNowhere) {
        return at_place(failure.place, "key '" + name + "' is there twice");
    }
    return at_place({failure.place.line, code_points(line.substr(0, key)) + 1},
                    "key '" + name + "' is there twice", "a table has each key once",
                    code_points(last));
}

Diagnostic explain_string(const Failure& failure) {
    const Place place = failure.place;
    const Place start = failure.lines.place(failure.state.open_string);
    if (failure.says("unknown escape")) {
        return at_place({place.line, place.column - 1},
                        "unknown escape '" + std::string(quoted_in(failure.message)) + "'",
                        "in single quotes a backslash is itself: '\\d'; in double quotes it is "
                        "written \\\\",
                        2);
    }
    if (failure.at_end() || failure.found() == "the end of the line") {
        const bool long_form = is_long_form(failure.text, failure.state.open_string);
        return at_place(
            start,
            long_form ? "this string is not closed" : "this string is not closed on its line",
            long_form ? "" : "a string of several lines stands in \"\"\" or '''",
            long_form ? 3 : 1);
    }
    if (failure.says("control characters")) {
        return at_place(place, "a control character in a string", "write it as \\u00XX");
    }
    std::string reason(failure.message.substr(failure.message.find(": ") + 2));
    return at_place(place, std::move(reason));
}

/// Word processors turn straight quotes into these. Returns the bytes of the one that `text` begins
/// with, or 0.
std::size_t typographic_quote(std::string_view text) {
    constexpr std::string_view kQuotes[] = {"\u201c", "\u201d", "\u201e", "\u2018",
                                            "\u2019", "\u201a", "\u00ab", "\u00bb"};
    const auto* const found = std::ranges::find_if(
        kQuotes, [&](std::string_view quote) { return text.starts_with(quote); });
    return found == std::end(kQuotes) ? 0 : found->size();
}

/// The text between two such quotes in straight ones, where nothing in it has to be escaped.
std::optional<Replacement> straightened(const Failure& failure) {
    std::string_view rest = failure.text.substr(failure.offset);
    rest = rest.substr(0, rest.find_first_of("\n\"\\"));
    const std::size_t open = typographic_quote(rest);
    for (std::size_t at = open; at < rest.size(); ++at) {
        const std::size_t close = typographic_quote(rest.substr(at));
        if (close == 0) continue;
        return Replacement{failure.place, code_points(rest.substr(0, at + close)),
                           '"' + std::string(rest.substr(open, at - open)) + '"'};
    }
    return std::nullopt;
}

Diagnostic explain_value(const Failure& failure) {
    const std::string_view word = word_at(failure.text, failure.offset);
    const int length = std::max(1, code_points(word));
    if (failure.says("'true'") || failure.says("'false'")) {
        Diagnostic wrong =
            at_place(failure.place, "'" + std::string(word.substr(0, 40)) + "' is no value",
                     "true and false are written in lower case", length);
        std::string lower(word);
        std::ranges::transform(lower, lower.begin(),
                               [](unsigned char c) { return std::tolower(c); });
        if (lower == "true" || lower == "false") {
            wrong.fix = Replacement{failure.place, length, std::move(lower)};
        }
        return wrong;
    }
    if (word.empty()) {
        return at_place(failure.place, "a value is missing, found " + failure.found());
    }
    if (typographic_quote(word) > 0) {
        Diagnostic wrong =
            at_place(failure.place, failure.found() + " begins with a typographic quote",
                     "texts stand in straight quotes: \"..\" or '..'", length);
        wrong.fix = straightened(failure);
        return wrong;
    }
    return at_place(failure.place, failure.found() + " is no value",
                    "a text stands in quotes: \"" + std::string(word.substr(0, 40)) + "\"", length);
}

/// A number that goes wrong somewhere inside: shown whole.
Diagnostic explain_number(const Failure& failure) {
    const std::string_view line = failure.lines.line(failure.place.line);
    const std::size_t line_start = failure.lines.offset({failure.place.line, 1});
    const std::size_t before = std::min(failure.offset - line_start, line.size());
    std::size_t start = line.substr(0, before).find_last_of(" \t,=[{");
    start = start == kNowhere ? 0 : start + 1;
    const std::string_view word = word_at(line, start);
    std::string hint = "a text stands in quotes: \"" + std::string(word.substr(0, 40)) + "\"";
    std::string message = "'" + std::string(word.substr(0, 40)) + "' is no number";
    if (failure.says("leading zero")) {
        hint = "a number does not begin with 0; in octal it is written 0o22";
    } else if (failure.says("not representable")) {
        message = "this number is too large";
        hint.clear();
    }
    return at_place({failure.place.line, code_points(line.substr(0, start)) + 1}, message,
                    std::move(hint), std::max(1, code_points(word)));
}

Diagnostic explain(const Failure& failure) {
    const Place place = failure.place;
    const auto& brackets = failure.state.open_brackets;
    if (failure.says("cannot redefine")) {
        return explain_twice(failure);
    }
    if (failure.state.open_string != kNowhere && failure.says("string")) {
        return explain_string(failure);
    }
    if (failure.says("TOML_MAX_NESTED_VALUES")) {
        return at_place(place, "values are nested too deeply");
    }
    if (failure.says("table header")) {
        return at_place(place, "a header of a table ends with ']', found " + failure.found(),
                        "write [name], or [[stage]] for each stage");
    }
    if (failure.at_end() && !brackets.empty()) {
        const bool is_array = failure.text[brackets.back()] == '[';
        return at_place(failure.lines.place(brackets.back()),
                        is_array ? "this array is not closed" : "this table is not closed");
    }
    if (failure.says("dangling comma")) {
        return at_place(place, "a table in braces must not end with a comma");
    }
    if (failure.says("inline table") && failure.found() == "the end of the line") {
        return at_place(place, "a table in braces must stand on one line",
                        "longer ones have a header of their own: [stage.env]");
    }
    if (failure.says("expected comma or closing ']'")) {
        return at_place(place, "expected ',' or ']' in an array, found " + failure.found(), {},
                        std::max(1, code_points(word_at(failure.text, failure.offset))));
    }
    if (failure.says("expected '='") || (failure.at_end() && failure.says("key-value"))) {
        const std::string_view line = failure.lines.line(place.line);
        const bool has_value = line.find('=') != kNowhere;
        return has_value && failure.at_end()
                   ? at_place(place, "a value is missing")
                   : at_place(place, "expected '=' after the key, found " + failure.found(),
                              "a line is key = value, or a [header]");
    }
    if (failure.says("expected a comment or whitespace")) {
        return at_place(place, "unexpected " + failure.found() + " after the value",
                        "each key = value has a line of its own",
                        std::max(1, code_points(word_at(failure.text, failure.offset))));
    }
    if (failure.says("integer") || failure.says("floating-point") || failure.says("date")) {
        return explain_number(failure);
    }
    if (failure.says("determine value type") || failure.says("boolean")) {
        return explain_value(failure);
    }
    if (failure.says("control character")) {
        return at_place(place, "a control character");
    }
    if (failure.says("root table")) {
        return at_place(place, "expected a key or a [header], found " + failure.found());
    }
    const std::size_t reason = failure.message.find(": ");
    std::string message(failure.message.substr(reason == kNowhere ? 0 : reason + 2));
    return at_place(place, std::move(message));
}

}  // namespace

std::optional<Diagnostic> find_unreadable(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '\0') {
            return at_place(SourceLines(text).place(at), "a NUL byte: this is no text file");
        }
        const CodePoint point = first_code_point(text.substr(at));
        if (!point.valid) {
            constexpr std::string_view kDigits = "0123456789abcdef";
            const std::string byte = {kDigits[point.value >> 4U], kDigits[point.value & 15U]};
            return at_place(SourceLines(text).place(at), "byte 0x" + byte + " is not UTF-8",
                            "a definition is a text in UTF-8");
        }
        at += point.size;
    }
    const Walk state = walk(text, text.size());
    if (state.deep_key != kNowhere) {
        return at_place(SourceLines(text).place(state.deep_key), "this key is nested too deeply");
    }
    return std::nullopt;
}

Diagnostic explain_syntax_error(std::string_view text, const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    const Place place{static_cast<int>(begin.line), static_cast<int>(begin.column)};
    SourceLines lines(text);
    const std::size_t offset = std::min(lines.offset(place), text.size());
    Walk state = walk(text, offset);
    Failure failure{text, std::move(lines), error.description(), offset, place, std::move(state)};
    Diagnostic diagnostic = explain(failure);
    const auto& brackets = failure.state.open_brackets;
    if (!brackets.empty() && diagnostic.place != failure.lines.place(brackets.front())) {
        const Place open = failure.lines.place(brackets.front());
        if (open.line < diagnostic.place.line) {
            diagnostic.hint = std::string("is the '") + text[brackets.front()] + "' on line " +
                              std::to_string(open.line) + " closed?";
        }
    }
    return diagnostic;
}

}  // namespace pipectl
