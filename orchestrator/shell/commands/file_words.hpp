#pragma once

// Whether a file may become an edge where a command names it.
//
// The command gets /dev/fd/N instead. That is the same for a program that reads the file once from
// its start; it is not for one that prints the name, asks about the file or writes it.

#include <cstddef>
#include <optional>
#include <string>

#include "orchestrator/shell/syntax/syntax.hpp"

namespace pipectl::shell {

/// Why the command's word with this index cannot be an edge's end; nothing: it can. The words that
/// are options and operands are told apart as far as they are literal.
std::optional<std::string> not_just_read(const Command& command, std::size_t index);

/// The index of the word behind -o, --output or in front of nothing else that the program writes;
/// 0: there is none. `sort -o FILE`, `curl -o FILE`.
std::size_t output_option(const Command& command);

}  // namespace pipectl::shell
