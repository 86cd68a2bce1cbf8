#pragma once

// Small helpers on text: nearest known word, quoting a command for display, lists for people.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pipectl {

/// The candidate that `word` is most likely a slip for (few edits, transpositions counted as one),
/// or empty when none is near enough to be worth showing.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// "; did you mean 'x'?" or empty; for the end of a message.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

/// The word that a message ends with in this form; else empty.
std::string_view meant_in(std::string_view message);

/// A command as one would type it into a POSIX shell: words that need it are quoted, control
/// characters become $'..' escapes, so that it is always one harmless line.
std::string quote_command(const std::vector<std::string>& argv);

/// One word of the above.
std::string quote_word(std::string_view word);

/// Text that may hold anything, made safe for a terminal: control characters except tab and
/// newline and bytes that are not UTF-8 become visible escapes.
std::string printable(std::string_view text);

/// The same on one line, whatever the text holds: tab and newline are escapes, too.
std::string one_line(std::string_view text);

/// "a", "a and b", "a, b and c", with `last` before the last one. Where more than one would be left
/// out after the first `most`, these are counted: "a, b and 3 more".
std::string listed(const std::vector<std::string>& names, std::size_t most = std::string::npos,
                   std::string_view last = " and ");
/// The same with each name in quotes: "'a', 'b' and 3 more".
std::string quoted_list(std::vector<std::string> names, std::size_t most = std::string::npos,
                        std::string_view last = " and ");

/// True when the text is not empty and has only letters, digits, '-' and '_'.
bool is_name(std::string_view text);

}  // namespace pipectl
