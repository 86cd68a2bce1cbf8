#pragma once

// A subcommand as one value: its name, what it takes, what it says of itself, and the function that
// does the work.
//
// The file of a command (orchestrator/cli/commands) defines the value and nothing that stands in it
// is written anywhere else: --help, usage errors, completions and the manual page are functions of
// it (help.hpp, complete.hpp, manual.hpp), and parse_words.hpp takes a command line apart by it.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pipectl {

class Offers;
class Given;

/// Adds what the word under the cursor could be; `before` are the operands that stand before it.
using Completer = void (*)(Offers& candidates, const std::vector<std::string>& before);

struct CommandOption {
    std::string_view name = {};     ///< "--format"
    std::string_view value = {};    ///< "FILE"; "text|json": one of these, the first is the
                                    ///< default; empty: it takes none
    std::string_view help = {};     ///< what stands behind it in --help
    Completer completes = nullptr;  ///< the value; null: the words of `value`, or nothing
    std::string_view letter = {};   ///< "-q", for "--quiet"; or empty
};

/// A word of the command line that is no option.
struct CommandOperand {
    enum class Count { one, optional, one_or_more, any };

    std::string_view name = {};  ///< "FILE", as a usage error calls it
    Count count = Count::one;    ///< other than `one`: of the last operand only
    Completer completes = nullptr;
};

/// Texts may begin with a newline, which is not shown: a raw string then looks as what is shown.
struct Command {
    std::string_view name = {};      ///< "run"
    std::string_view takes = {};     ///< "FILE", in the list of commands
    std::string_view brief = {};     ///< the rest of its line there
    std::string_view usage = {};     ///< "[OPTIONS] FILE"
    std::string_view summary = {};   ///< one line
    std::string_view examples = {};  ///< lines, each indented by two blanks
    std::string_view help = {};      ///< paragraphs for --help; may be empty
    std::span<const CommandOption> options = {};
    std::span<const CommandOperand> operands = {};
    /// The operands are another program's words: options end at the first of them, or at '--'.
    bool command_follows = false;
    bool hidden = false;                       ///< not in the list of commands that --help shows
    int (*run)(const Given& given) = nullptr;  ///< returns the exit status
    /// Looks at the words before they are taken apart, and may change them; null: nothing does. An
    /// exit status when that was all.
    std::optional<int> (*prepare)(const Command& command,
                                  std::vector<std::string>& words) = nullptr;
};

/// Commands in the order in which they are shown.
using CommandList = std::span<const Command* const>;

/// The command of that name, or null.
const Command* find_command(CommandList commands, std::string_view name);

/// The words of "text|json"; none when the value is no choice.
std::vector<std::string> choices_of(const CommandOption& option);

}  // namespace pipectl
