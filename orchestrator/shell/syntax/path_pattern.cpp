#include "orchestrator/shell/syntax/path_pattern.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace pipectl::shell {

namespace {

void append_any(std::string& pattern) {
    if (!pattern.ends_with(kAny)) {
        pattern += kAny;
    }
}

/// What a shell makes names of: "*", "?", "[ab]", "{a,b}".
void append_unquoted(std::string& pattern, std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '*' || c == '?') {
            append_any(pattern);
        } else if (c == '{' || c == '[') {
            const std::size_t end = text.rfind(c == '{' ? '}' : ']');
            if (end == std::string_view::npos || end < at) {
                pattern += c;  // the program '['
                continue;
            }
            append_any(pattern);
            at = end;
        } else {
            pattern += c;
        }
    }
}

void append_parameter(std::string& pattern, const Piece& piece, const PathNames& names) {
    if (piece.value == "PWD") {
        pattern += pattern.empty() ? "." : std::string(1, kAny);
        return;
    }
    const auto value = names.values.find(piece.value);
    const auto known = names.patterns.find(piece.value);
    if (value != names.values.end()) {
        piece.quoted || value->second.starts_with("${") ? void(pattern += value->second)
                                                        : append_unquoted(pattern, value->second);
    } else if (names.temporaries.contains(piece.value)) {
        pattern += "${" + piece.value + "}";
    } else if (known != names.patterns.end()) {
        pattern += known->second;
    } else {
        append_any(pattern);
    }
}

/// Whether some text fits both: what kAny stands for is free.
bool overlap(std::string_view one, std::string_view other) {
    // reachable[j]: one[0..i) and other[0..j) can be the same text
    std::vector<char> reachable(other.size() + 1, 0);
    reachable[0] = 1;
    for (std::size_t j = 0; j < other.size() && other[j] == kAny; ++j) {
        reachable[j + 1] = 1;
    }
    for (const char c : one) {
        std::vector<char> next(other.size() + 1, 0);
        next[0] = static_cast<char>(c == kAny && reachable[0] != 0);
        for (std::size_t j = 0; j < other.size(); ++j) {
            const bool same = reachable[j] != 0 && (c == other[j] || c == kAny || other[j] == kAny);
            const bool more = (c == kAny && (next[j] != 0 || reachable[j + 1] != 0)) ||
                              (other[j] == kAny && (next[j] != 0 || reachable[j + 1] != 0));
            next[j + 1] = static_cast<char>(same || more);
        }
        reachable = std::move(next);
    }
    return reachable.back() != 0;
}

bool is_temporary(std::string_view path) {
    return path.starts_with("${");
}

/// The name of a fresh file's variable, or nothing.
std::string_view temporary_name(std::string_view path) {
    return path.substr(0, path.find('}'));
}

bool is_relative(std::string_view path) {
    return !path.starts_with('/') && !path.starts_with(kAny);
}

bool same_at_all(std::string_view one, std::string_view other,
                 bool (*compare)(std::string_view, std::string_view)) {
    if (is_temporary(one) || is_temporary(other)) {
        return temporary_name(one) == temporary_name(other) && compare(one, other);
    }
    if (is_relative(one) == is_relative(other)) {
        return compare(one, other);
    }
    // the folder that a relative path starts from is not known
    const std::string root = std::string(1, kAny) + "/";
    return is_relative(one) ? compare(root + std::string(one), other)
                            : compare(one, root + std::string(other));
}

}  // namespace

std::string pieces_pattern(const std::vector<Piece>& pieces, const PathNames& names) {
    std::string pattern;
    for (const Piece& piece : pieces) {
        if (piece.kind == Piece::Kind::parameter) {
            append_parameter(pattern, piece, names);
        } else if (piece.kind != Piece::Kind::text) {
            append_any(pattern);
        } else if (piece.quoted) {
            pattern += piece.value;
        } else if (pattern.empty() && piece.value.starts_with('~')) {
            append_any(pattern);
            append_unquoted(pattern,
                            std::string_view(piece.value)
                                .substr(std::min(piece.value.find('/'), piece.value.size())));
        } else {
            append_unquoted(pattern, piece.value);
        }
    }
    return pattern;
}

std::string word_pattern(const Word& word, const PathNames& names) {
    return pieces_pattern(word.pieces, names);
}

std::string path_pattern(std::string text) {
    if (text == "/") {
        return text;
    }
    std::string path;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find('/', at), text.size());
        const std::string part = text.substr(at, end - at);
        if (part == "..") {
            path = kAny;  // a folder before it may be a link
        } else if (!part.empty() && part != ".") {
            if (!path.empty() || (at > 0 && text.front() == '/')) {
                path += '/';
            }
            path += part;
        }
        at = end + 1;
    }
    return path.empty() ? "." : path;
}

bool may_be_same(std::string_view one, std::string_view other) {
    return same_at_all(one, other, overlap);
}

bool may_be_below(std::string_view folder, std::string_view path) {
    if (folder == ".") {
        return is_relative(path) ? !is_temporary(path) : path.starts_with(kAny);
    }
    return may_be_same(folder, path) || may_be_same(std::string(folder) + "/" + kAny, path);
}

std::string shown_pattern(std::string_view pattern) {
    std::string text(pattern);
    std::replace(text.begin(), text.end(), kAny, '*');
    return text;
}

}  // namespace pipectl::shell
