#include "stages/base/json.hpp"

#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <utility>

namespace pipectl {
namespace {

unsigned char byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

/// How many bytes the UTF-8 sequence at `at` has, or 0 when there is none: overlong forms,
/// surrogates and what lies above U+10FFFF are refused (RFC 3629).
std::size_t sequence_length(std::string_view text, std::size_t at) {
    const unsigned char first = byte_at(text, at);
    std::size_t length = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) {
        length = 2;
    } else if (first >= 0xE0 && first <= 0xEF) {
        length = 3;
        if (first == 0xE0) low = 0xA0;
        if (first == 0xED) high = 0x9F;
    } else if (first >= 0xF0 && first <= 0xF4) {
        length = 4;
        if (first == 0xF0) low = 0x90;
        if (first == 0xF4) high = 0x8F;
    } else {
        return 0;
    }
    if (at + length > text.size()) return 0;
    if (byte_at(text, at + 1) < low || byte_at(text, at + 1) > high) return 0;
    for (std::size_t i = 2; i < length; ++i) {
        if (byte_at(text, at + i) < 0x80 || byte_at(text, at + i) > 0xBF) return 0;
    }
    return length;
}

/// The two-character escape of a byte, or 0.
char short_escape(unsigned char byte) {
    switch (byte) {
        case '"': return '"';
        case '\\': return '\\';
        case '\b': return 'b';
        case '\f': return 'f';
        case '\n': return 'n';
        case '\r': return 'r';
        case '\t': return 't';
        default: return 0;
    }
}

void append_quoted(std::string& out, std::string_view text) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    out += '"';
    std::size_t at = 0;
    while (at < text.size()) {
        const unsigned char byte = byte_at(text, at);
        const std::size_t length = sequence_length(text, at);
        if (length == 0) {
            out += "\xEF\xBF\xBD";
            ++at;
            continue;
        }
        if (const char escape = short_escape(byte); escape != 0) {
            out += '\\';
            out += escape;
        } else if (byte < 0x20 || byte == 0x7F) {
            // DEL may stand in JSON as it is, but such text also ends up on terminals
            out += "\\u00";
            out += kHex[byte >> 4U];
            out += kHex[byte & 0xFU];
        } else {
            out += text.substr(at, length);
        }
        at += length;
    }
    out += '"';
}

template <class Number>
void append_number(std::string& out, Number number) {
    std::array<char, 32> buffer{};
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
    assert(result.ec == std::errc());
    out.append(buffer.data(), result.ptr);
}

}  // namespace

void JsonWriter::break_line() {
    if (static_cast<int>(levels_.size()) > line_depth_) {
        if (line_depth_ > 0 && text_.back() == ',') text_ += ' ';
        return;
    }
    text_ += '\n';
    text_.append(levels_.size() * 2, ' ');
}

void JsonWriter::before_value() {
    if (after_key_) {
        after_key_ = false;
        return;
    }
    if (levels_.empty()) {
        assert(text_.empty() && "one document has one value");
        return;
    }
    assert(levels_.back().closing == ']' && "an object's value needs a key");
    if (!levels_.back().empty) text_ += ',';
    levels_.back().empty = false;
    break_line();
}

void JsonWriter::begin(char bracket) {
    before_value();
    text_ += bracket;
    levels_.push_back({bracket == '{' ? '}' : ']'});
}

void JsonWriter::end(char bracket) {
    assert(!levels_.empty() && levels_.back().closing == bracket && !after_key_);
    const bool empty = levels_.back().empty;
    const bool lines = static_cast<int>(levels_.size()) <= line_depth_;
    levels_.pop_back();
    if (lines && !empty) {
        text_ += '\n';
        text_.append(levels_.size() * 2, ' ');
    }
    text_ += bracket;
}

JsonWriter& JsonWriter::begin_object() {
    begin('{');
    return *this;
}

JsonWriter& JsonWriter::end_object() {
    end('}');
    return *this;
}

JsonWriter& JsonWriter::begin_array() {
    begin('[');
    return *this;
}

JsonWriter& JsonWriter::end_array() {
    end(']');
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    assert(!levels_.empty() && levels_.back().closing == '}' && !after_key_);
    if (!levels_.back().empty) text_ += ',';
    levels_.back().empty = false;
    break_line();
    append_quoted(text_, name);
    text_ += ':';
    if (line_depth_ > 0) text_ += ' ';
    after_key_ = true;
    return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
    before_value();
    append_quoted(text_, text);
    return *this;
}

JsonWriter& JsonWriter::value(bool flag) {
    before_value();
    text_ += flag ? "true" : "false";
    return *this;
}

JsonWriter& JsonWriter::value(double number) {
    if (!std::isfinite(number)) return null();
    before_value();
    append_number(text_, number);
    return *this;
}

JsonWriter& JsonWriter::signed_value(std::int64_t number) {
    before_value();
    append_number(text_, number);
    return *this;
}

JsonWriter& JsonWriter::unsigned_value(std::uint64_t number) {
    before_value();
    append_number(text_, number);
    return *this;
}

JsonWriter& JsonWriter::null() {
    before_value();
    text_ += "null";
    return *this;
}

JsonWriter& JsonWriter::member(std::string_view name, const std::vector<std::string>& texts) {
    key(name).begin_array();
    for (const std::string& text : texts) {
        value(text);
    }
    return end_array();
}

std::string JsonWriter::take() {
    assert(levels_.empty() && !after_key_);
    return std::move(text_);
}

std::string json_quoted(std::string_view text) {
    std::string out;
    append_quoted(out, text);
    return out;
}

}  // namespace pipectl
