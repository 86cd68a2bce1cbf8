#include "orchestrator/definition/toml_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "orchestrator/definition/template.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

/// Columns of an array that stays on one line.
constexpr std::size_t kWidth = 96;

bool needs_escape(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

std::string escape_of(char c) {
    constexpr char kHex[] = "0123456789ABCDEF";
    switch (c) {
        case '"': return "\\\"";
        case '\\': return "\\\\";
        case '\n': return "\\n";
        case '\t': return "\\t";
        case '\r': return "\\r";
        default: break;
    }
    if (!needs_escape(c)) return {c};
    const auto byte = static_cast<unsigned char>(c);
    return {'\\', 'u', '0', '0', kHex[byte >> 4U], kHex[byte & 15U]};
}

/// A literal part of a text, so that no reference is read in it.
std::string without_references(const std::string& text, bool shell) {
    std::string made;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool reference = text.compare(at, 2, "${") == 0;
        const bool doubled = at > 0 && text[at - 1] == '$';
        if (reference &&
            (!shell || doubled || is_ours_in_shell(std::string_view(text).substr(at + 2)))) {
            made += '$';
        }
        made += text[at];
    }
    return made;
}

std::string toml_number(double number) {
    if (!std::isfinite(number)) return std::isnan(number) ? "nan" : number > 0 ? "inf" : "-inf";
    std::array<char, 32> digits{};
    char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    std::string text(digits.data(), end);
    // an integer would be read as one
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

}  // namespace

std::string toml_basic(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        quoted += escape_of(c);
    }
    return quoted + '"';
}

std::string toml_string(const std::string& text) {
    const bool control = std::any_of(
        text.begin(), text.end(), [](char c) { return needs_escape(c) && c != '\n' && c != '\t'; });
    const bool lines = text.find('\n') != std::string::npos;
    const bool special = text.find_first_of("\"\\\t") != std::string::npos;
    if (control || (!lines && !special)) return toml_basic(text);
    if (lines) {
        const bool short_text = std::count(text.begin(), text.end(), '\n') == 1 &&
                                text.size() < 40 && text.back() == '\n';
        const bool can_be_literal =
            text.size() > 3 && text.find("'''") == std::string::npos && text.back() != '\'';
        return can_be_literal && (special || !short_text) ? "'''\n" + text + "'''"
                                                          : toml_basic(text);
    }
    const bool literal = text.find('\'') == std::string::npos;
    return literal && text.find_first_of("\"\\") != std::string::npos ? "'" + text + "'"
                                                                      : toml_basic(text);
}

std::string toml_key(const std::string& name) {
    return is_name(name) ? name : toml_basic(name);
}

std::string toml_scalar(const Scalar& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return toml_string(*text);
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    return toml_number(std::get<double>(value));
}

std::string toml_array(const std::vector<std::string>& values, std::size_t column) {
    std::string line = "[";
    std::string broken = "[\n";
    for (const std::string& value : values) {
        line += (line.size() > 1 ? ", " : "") + value;
        broken += "    " + value + ",\n";
    }
    const std::size_t first = line.find('\n');
    const std::size_t width = first == std::string::npos ? line.size() : first;
    return width + column > kWidth ? broken + "]" : line + "]";
}

std::string toml_table(const std::vector<std::string>& entries) {
    std::string table = "{";
    for (const std::string& entry : entries) {
        table += (table.size() > 1 ? ", " : " ") + entry;
    }
    return table + (entries.empty() ? "}" : " }");
}

std::string template_text(const Template& text, bool shell) {
    using PieceKind = Template::Piece::Kind;
    std::string joined;
    std::string plain;
    for (const Template::Piece& piece : text.pieces) {
        if (piece.kind == PieceKind::text) {
            plain += piece.value;
            continue;
        }
        joined += without_references(plain, shell) + "${" +
                  (piece.kind == PieceKind::input         ? "in."
                   : piece.kind == PieceKind::output      ? "out."
                   : piece.kind == PieceKind::environment ? "env."
                   : piece.kind == PieceKind::shared      ? "shared."
                                                          : "") +
                  piece.value + (piece.kind == PieceKind::words ? "..." : "") + "}";
        plain.clear();
    }
    return joined + without_references(plain, shell);
}

std::string toml_template(const Template& text) {
    return toml_string(template_text(text));
}

}  // namespace pipectl
