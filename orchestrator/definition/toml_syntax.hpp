#pragma once

// What is wrong with a text before it is TOML at all.
//
// Some things are found before the library sees the text: bytes that are no UTF-8 (for their exact
// place), and keys nested so deeply that the library's recursion would overflow the stack. The
// library's own errors are worded anew, because many of its texts name a symptom far from the slip.

#include <optional>
#include <string_view>

#include "orchestrator/definition/toml_library.hpp"
#include "orchestrator/diagnostic/diagnostic.hpp"

namespace pipectl {

std::optional<Diagnostic> find_unreadable(std::string_view text);

Diagnostic explain_syntax_error(std::string_view text, const toml::parse_error& error);

}  // namespace pipectl
