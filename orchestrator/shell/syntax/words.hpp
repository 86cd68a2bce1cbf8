#pragma once

// What a word of a shell's text is without a shell: its value, or why only a shell can tell.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/shell/syntax/syntax.hpp"

namespace pipectl::shell {

/// What a variable's name may begin with.
inline bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Letters, digits, '_'; no digit first.
bool is_variable(std::string_view name);

/// NAME=.. or NAME+=.. with an unquoted name.
bool is_assignment(const Word& word);

/// NAME[: what follows may be an index, with blanks and operators in it.
bool names_element(const Word& word);

/// The name and the value of NAME=VALUE, when the value needs no shell. Nothing for += and arrays.
struct Assignment {
    std::string name;
    std::string value;
};
std::optional<Assignment> literal_assignment(const Word& word);

/// The word's value when it is the same in every shell, whatever files and variables there are.
std::optional<std::string> literal(const Word& word);

/// What is known of a text's variables where they stand for paths.
struct PathNames {
    std::set<std::string> temporaries;          ///< hold a temporary file or folder; "$": the pid
    std::map<std::string, std::string> values;  ///< a key of a path that never changes
    /// Of variables that are made of others: what is known of them, as path_pattern.hpp has it.
    std::map<std::string, std::string> patterns;
};

/// The word as a path when it is literal but for variables that are known: "${work}/left" below a
/// temporary folder. "./x" is "x". For comparing with other such paths only.
std::optional<std::string> path_key(const Word& word, const PathNames& names);

/// --option=VALUE, if=VALUE: what stands up to the sign, and the rest as a word of its own.
struct OptionValue {
    std::string option;
    Word value;
};
std::optional<OptionValue> option_value(const Word& word);

/// How much of the text is a variable's name, from its start.
std::size_t name_length(std::string_view text);

/// What a word needs a shell for. `none`: it is literal.
enum class Need { none, glob, brace, tilde, variable, command, arithmetic, process, other };
Need needs(const Word& word);

}  // namespace pipectl::shell
