#pragma once

// Values as TOML, in the way people write them. Pure functions; the counterpart of toml_reader.hpp.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/definition/language.hpp"

namespace pipectl {

/// In double quotes, on one line.
std::string toml_basic(std::string_view text);

/// The string that is easiest to read: with quotes of either sort, or over several lines.
std::string toml_string(const std::string& text);

std::string toml_key(const std::string& name);
std::string toml_scalar(const Scalar& value);

/// On one line where the lines of a file are no longer than people like them; `column`: where it
/// begins.
std::string toml_array(const std::vector<std::string>& values, std::size_t column);

/// A table in braces, of "key = value".
std::string toml_table(const std::vector<std::string>& entries);

/// A text with its references; of a shell's text only ports and ${env.X} are ours.
std::string template_text(const Template& text, bool shell = false);
std::string toml_template(const Template& text);

/// "key = value" of all keys of which the owner says something.
template <class Owner>
std::vector<std::string> toml_entries(const Table<Owner>& table, const Owner& owner,
                                      std::size_t column = 0) {
    constexpr std::size_t kEquals = 3;  // " = "
    std::vector<std::string> entries;
    for (const Key& key : table.keys) {
        const std::string value = key.write(&owner, column + key.name.size() + kEquals);
        if (!value.empty()) entries.push_back(std::string(key.name) + " = " + value);
    }
    return entries;
}

}  // namespace pipectl
