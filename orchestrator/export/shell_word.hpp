#pragma once

// Words of a POSIX shell script that every shell reads as the same bytes.
//
// Nothing here is for people's eyes alone: what comes back is meant to be run. (For showing a
// command on a terminal there is quote_command() in stages/base/text.hpp, which escapes.)

#include <functional>
#include <string>
#include <string_view>

#include "orchestrator/definition/definition.hpp"
#include "stages/base/variable_name.hpp"

namespace pipectl {

/// The text as one word: bare where it is harmless in every position, else in single quotes.
std::string shell_word(std::string_view text);

/// As above, for the place where a command's name stands: also safe from reserved words,
/// assignments and functions, and behind `env` when some shell has a builtin of that name, which
/// may behave differently from the program.
std::string shell_program(std::string_view name);

/// A parameter's name as the name of a variable: '-' becomes '_', and a name that means something
/// to some shell, to the script itself, or that is none, gets "_" or "p_" to be told apart.
std::string script_variable(std::string_view parameter);

/// The word of a port: "$work/read.count" with its quotes.
using PortWord = std::function<std::string(const Template::Piece&)>;

/// A text with references, as one word: parameters become "$name", ${env.X} "$X", ports what
/// `port` says, which may be null where there are none.
std::string template_word(const Template& text, const PortWord& port);

/// The text of a comment: one line, control characters made visible.
std::string comment_text(std::string_view text);

}  // namespace pipectl
