#include "orchestrator/shell/syntax/words.hpp"

#include <algorithm>

namespace pipectl::shell {

namespace {

/// A word's unquoted text may be a pattern for names of files. Also true for some that is none.
bool has_glob(const Word& word) {
    bool bracket = false;
    for (const Piece& piece : word.pieces) {
        for (const char c : piece.value) {
            if (!piece.quoted && (c == '*' || c == '?')) {
                return true;
            }
            if (c == ']' && bracket) {
                return true;
            }
            bracket = bracket || (!piece.quoted && c == '[');
        }
    }
    return false;
}

/// "{a,b}", "{1..9}". Also true for some that is none.
bool has_braces(const Word& word) {
    bool open = false;
    bool parts = false;
    char before = '\0';
    for (const Piece& piece : word.pieces) {
        for (const char c : piece.value) {
            if (!piece.quoted && c == '{') {
                open = true;
            } else if (!piece.quoted && open) {
                parts = parts || c == ',' || (c == '.' && before == '.');
                if (c == '}' && parts) {
                    return true;
                }
            }
            before = c;
        }
    }
    return false;
}

/// A '~' where a home folder could be meant.
bool has_tilde(const Word& word) {
    char before = '\0';
    for (const Piece& piece : word.pieces) {
        for (const char c : piece.value) {
            if (c == '~' && !piece.quoted && (before == '\0' || before == '=' || before == ':')) {
                return true;
            }
            before = c;
        }
        before = piece.value.empty() ? '"' : before;
    }
    return false;
}

/// "./x" and ".//x" are "x": the same file, whatever the folder.
std::string plain_path(std::string path) {
    while (path.starts_with("./")) {
        const std::size_t next = path.find_first_not_of('/', 1);
        if (next == std::string::npos || path[next] == '-') {
            return next == std::string::npos ? "." : path;
        }
        path.erase(0, next);
    }
    return path;
}

}  // namespace

std::size_t name_length(std::string_view text) {
    if (text.empty() || !is_letter(text.front())) {
        return 0;
    }
    std::size_t size = 1;
    while (size < text.size() && (is_letter(text[size]) || is_digit(text[size]))) {
        ++size;
    }
    return size;
}

bool is_variable(std::string_view name) {
    return !name.empty() && name_length(name) == name.size();
}

bool is_assignment(const Word& word) {
    if (word.pieces.empty() || word.pieces.front().kind != Piece::Kind::text ||
        word.pieces.front().quoted) {
        return false;
    }
    std::string_view text = word.pieces.front().value;
    const std::size_t size = name_length(text);
    if (size == 0) {
        return false;
    }
    text.remove_prefix(size);
    return text.starts_with('=') || text.starts_with("+=");
}

bool names_element(const Word& word) {
    if (word.pieces.empty() || word.pieces.front().kind != Piece::Kind::text ||
        word.pieces.front().quoted) {
        return false;
    }
    const std::string& text = word.pieces.front().value;
    const std::size_t size = name_length(text);
    return size > 0 && size < text.size() && text[size] == '[';
}

std::optional<Assignment> literal_assignment(const Word& word) {
    if (!is_assignment(word)) {
        return std::nullopt;
    }
    std::string value;
    for (const Piece& piece : word.pieces) {
        if (piece.kind != Piece::Kind::text) {
            return std::nullopt;
        }
        value += piece.value;
    }
    const std::size_t size = name_length(value);
    if (value[size] != '=' || has_tilde(word)) {
        return std::nullopt;
    }
    return Assignment{value.substr(0, size), value.substr(size + 1)};
}

Need needs(const Word& word) {
    for (const Piece& piece : word.pieces) {
        switch (piece.kind) {
            case Piece::Kind::text: break;
            case Piece::Kind::parameter: return Need::variable;
            case Piece::Kind::command: return Need::command;
            case Piece::Kind::arithmetic: return Need::arithmetic;
            case Piece::Kind::process_in:
            case Piece::Kind::process_out: return Need::process;
            case Piece::Kind::array:
            case Piece::Kind::locale:
            case Piece::Kind::ansi: return Need::other;
        }
    }
    if (has_glob(word)) {
        return Need::glob;
    }
    if (has_braces(word)) {
        return Need::brace;
    }
    return has_tilde(word) ? Need::tilde : Need::none;
}

std::optional<std::string> literal(const Word& word) {
    if (needs(word) != Need::none) {
        return std::nullopt;
    }
    std::string value;
    for (const Piece& piece : word.pieces) {
        value += piece.value;
    }
    return value;
}

std::optional<std::string> path_key(const Word& word, const PathNames& names) {
    Word fixed = word;
    for (Piece& piece : fixed.pieces) {
        if (piece.kind != Piece::Kind::parameter) {
            continue;
        }
        const auto value = names.values.find(piece.value);
        if (value != names.values.end()) {
            piece.quoted = piece.quoted || value->second.starts_with("${");
            piece.value = value->second;
        } else if (names.temporaries.contains(piece.value)) {
            piece.quoted = true;
            piece.value = "${" + piece.value + "}";
        } else {
            return std::nullopt;
        }
        // unquoted it is words and patterns
        if (!piece.quoted && piece.value.find_first_of(" \t\n") != std::string::npos) {
            return std::nullopt;
        }
        piece.kind = Piece::Kind::text;
    }
    auto path = literal(fixed);
    return path ? std::optional(plain_path(std::move(*path))) : std::nullopt;
}

std::optional<OptionValue> option_value(const Word& word) {
    if (word.pieces.empty() || word.pieces.front().kind != Piece::Kind::text) {
        return std::nullopt;
    }
    const std::size_t sign = word.pieces.front().value.find('=');
    if (sign == std::string::npos || sign == 0) {
        return std::nullopt;
    }
    OptionValue made{word.pieces.front().value.substr(0, sign + 1), word};
    made.value.pieces.front().value.erase(0, sign + 1);
    if (made.value.pieces.front().value.empty()) {
        made.value.pieces.erase(made.value.pieces.begin());
    }
    return made.value.pieces.empty() ? std::nullopt : std::optional(std::move(made));
}

}  // namespace pipectl::shell
