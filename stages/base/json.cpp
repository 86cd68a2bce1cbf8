#include "stages/base/json.hpp"

#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <utility>

#include "stages/base/utf8.hpp"

namespace pipectl {
namespace {

/// The letter of a two-character escape, or 0.
char short_escape(char32_t code_point) {
    switch (code_point) {
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
    out += '"';
    while (!text.empty()) {
        const CodePoint point = first_code_point(text);
        if (!point.valid) {
            out += "\xEF\xBF\xBD";
        } else if (const char escape = short_escape(point.value); escape != 0) {
            out += '\\';
            out += escape;
        } else if (steers_terminal(point.value)) {
            // most of these may stand in JSON as they are, but such text also ends up on terminals
            append_json_escape(out, point.value);
        } else {
            out += text.substr(0, point.size);
        }
        text.remove_prefix(point.size);
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

void append_json_escape(std::string& out, char32_t code_point) {
    assert(code_point <= 0xFFFF);
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) {
        out += "0123456789abcdef"[(code_point >> static_cast<unsigned>(shift)) & 0xFU];
    }
}

std::string json_quoted(std::string_view text) {
    std::string out;
    append_quoted(out, text);
    return out;
}

}  // namespace pipectl
