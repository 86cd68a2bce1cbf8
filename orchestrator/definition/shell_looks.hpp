#pragma once

// Words that mean something to a shell and nothing here: operators, patterns, variables.
//
// Pure functions on one text; they say what a definition has instead. Nothing is refused: the word
// may be meant as it is, so programs and options that take such words are left alone.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pipectl {

struct ShellLook {
    std::string message;
    std::string hint;
};

/// The word at `index` of a `run`; the words before and after it tell what it can be.
std::optional<ShellLook> shell_look_of_word(std::span<const std::string> words, std::size_t index);

/// A path: `key` is what it stands at, for the hint: "stdout", "stdin", "cwd".
std::optional<ShellLook> shell_look_of_path(std::string_view path, std::string_view key);

/// The value of a variable of the environment.
std::optional<ShellLook> shell_look_of_variable(std::string_view value);

}  // namespace pipectl
