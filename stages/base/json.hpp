#pragma once

// A small writer of JSON (RFC 8259): text that any parser takes, whatever it is given.
//
// Numbers are written by std::to_chars (shortest form that reads back to the same value; no
// locale), NaN and infinities as null, bytes that are not UTF-8 as U+FFFD, and what would steer a
// terminal as an escape: people look at JSON there, too. Commas, colons and line breaks are the
// writer's; nesting is the caller's and asserted. It does not read JSON.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace pipectl {

class JsonWriter {
  public:
    /// Objects and arrays down to `line_depth` levels get one line for each member; deeper ones
    /// stay on one line. 0: the whole document is one line.
    explicit JsonWriter(int line_depth = 0) : line_depth_(line_depth) {}

    JsonWriter& begin_object();
    JsonWriter& end_object();
    JsonWriter& begin_array();
    JsonWriter& end_array();

    /// The name of the object's next member; one value must follow.
    JsonWriter& key(std::string_view name);

    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
    JsonWriter& value(bool flag);
    JsonWriter& value(double number);
    template <std::integral Number>
    JsonWriter& value(Number number) {
        if constexpr (std::is_signed_v<Number>) {
            return signed_value(number);
        } else {
            return unsigned_value(number);
        }
    }
    JsonWriter& null();

    /// key() and value() in one.
    template <class Value>
    JsonWriter& member(std::string_view name, const Value& of) {
        return key(name).value(of);
    }
    /// A member that is an array of texts.
    JsonWriter& member(std::string_view name, const std::vector<std::string>& texts);

    /// The document, without a final newline. Everything that was begun must have been ended.
    [[nodiscard]] std::string take();

  private:
    JsonWriter& signed_value(std::int64_t number);
    JsonWriter& unsigned_value(std::uint64_t number);
    void before_value();
    void begin(char bracket);
    void end(char bracket);
    void break_line();

    struct Level {
        char closing;
        bool empty = true;
    };
    std::string text_;
    std::vector<Level> levels_;
    bool after_key_ = false;
    int line_depth_;
};

/// A code point up to U+FFFF as strings of JSON may hold it: \u202e.
void append_json_escape(std::string& out, char32_t code_point);

/// Text as a JSON string literal, with its quotes.
std::string json_quoted(std::string_view text);

}  // namespace pipectl
