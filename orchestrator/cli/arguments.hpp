#pragma once

// The words after a subcommand, taken apart; and the help that describes them.
//
// The only place that knows CLI11, which is slow to compile. A subcommand declares its options with
// the variables that receive them and calls `parse`; wrong usage is told in two lines on stderr.

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pipectl {

/// Wrong usage, a definition with errors, or anything else of our own.
inline constexpr int kOwnError = 125;

/// What a subcommand says about itself.
struct CommandHelp {
    std::string_view name;         ///< "run"
    std::string_view usage;        ///< "[OPTIONS] FILE"
    std::string_view summary;      ///< one line
    std::string_view examples;     ///< lines, each indented by two blanks
    std::string_view description;  ///< paragraphs for --help; may be empty
};

/// The only word for a subcommand that is to list its options, a line each, instead of working: the
/// option, its value and its help, with tabs in between. For completions and manual pages.
inline constexpr std::string_view kListOptions = "--pipectl-list-options";

class Arguments {
  public:
    explicit Arguments(const CommandHelp& help);
    ~Arguments();
    Arguments(const Arguments&) = delete;
    Arguments& operator=(const Arguments&) = delete;

    void flag(std::string_view name, bool& target, std::string_view help);
    /// At most once.
    void option(std::string_view name, std::string& target, std::string_view value,
                std::string_view help);
    /// One of a few words.
    void choice(std::string_view name, std::string& target,
                std::initializer_list<std::string_view> words, std::string_view help);
    /// As often as wanted, one value each time.
    void options(std::string_view name, std::vector<std::string>& target, std::string_view value,
                 std::string_view help);
    /// The words that are no options; exactly one, or at least one, or as many as there are.
    void file(std::string& target, std::string_view name = "FILE");
    void optional_file(std::string& target, std::string_view name = "FILE");
    void files(std::vector<std::string>& target);
    void words(std::vector<std::string>& target);

    /// Nothing: go on. Else the status to end with: help was shown, or the usage is wrong.
    std::optional<int> parse(const std::vector<std::string>& words);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Two lines on stderr: what is wrong, and the usage. Returns kOwnError.
int usage_error(const CommandHelp& help, const std::string& message);

/// "pipectl: MESSAGE" on stderr. Returns kOwnError.
int own_error(const std::string& message);

/// Writes to stdout; says on stderr what stopped it and returns kOwnError, or returns 0.
int print(std::string_view text);

/// Writes to stderr, whose errors nobody could be told of.
void print_error(std::string_view text);

}  // namespace pipectl
