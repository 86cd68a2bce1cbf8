#pragma once

// What a command was given: the words behind its name, taken apart. Made by parse_words().

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/command/command.hpp"

namespace pipectl {

class Given {
  public:
    /// The values of each option that was given; an option without a value has empty ones.
    using Options = std::map<std::string, std::vector<std::string>, std::less<>>;

    /// `command` must outlive it.
    Given(const Command& command, std::vector<std::string> words, Options options,
          std::vector<std::string> operands)
        : command_(&command),
          words_(std::move(words)),
          options_(std::move(options)),
          operands_(std::move(operands)) {}

    [[nodiscard]] const Command& command() const { return *command_; }
    /// As they were typed.
    [[nodiscard]] const std::vector<std::string>& words() const { return words_; }
    [[nodiscard]] const std::vector<std::string>& operands() const { return operands_; }
    /// Empty when there are not so many.
    [[nodiscard]] std::string operand(std::size_t index) const;

    // Of options that the command has; to ask for another one is a mistake of ours.
    [[nodiscard]] bool has(std::string_view option) const;
    /// The last one counts. When the option was not given: the first word of a choice, else
    /// `otherwise`.
    [[nodiscard]] std::string value(std::string_view option, std::string_view otherwise = {}) const;
    [[nodiscard]] std::vector<std::string> values(std::string_view option) const;

    /// Of any option: whether the command has it.
    [[nodiscard]] bool knows(std::string_view option) const;
    /// Whether the output is for programs: --json, or --format json.
    [[nodiscard]] bool json() const;

  private:
    [[nodiscard]] const CommandOption& option_of(std::string_view name) const;

    const Command* command_;
    std::vector<std::string> words_;
    Options options_;
    std::vector<std::string> operands_;
};

}  // namespace pipectl
