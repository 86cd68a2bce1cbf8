#include "orchestrator/command/help.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kHelpColumn = 26;
constexpr std::size_t kBriefColumn = 20;

/// Without the newline with which a raw string begins.
std::string shown(std::string_view text) {
    return std::string(text.substr(text.starts_with('\n') ? 1 : 0));
}

std::string head(const Command& command, bool all) {
    std::string text;
    if (all) {
        text += "examples:\n" + shown(command.examples) + "\n";
    }
    text += "usage: pipectl " + std::string(command.name) + " " + std::string(command.usage) +
            "\n\n" + std::string(command.summary) + "\n";
    if (all && !command.help.empty()) {
        text += "\n" + shown(command.help);
    }
    return text;
}

std::string option_line(const CommandOption& option) {
    std::string text = "  " + (option.letter.empty() ? "" : std::string(option.letter) + ", ") +
                       std::string(option.name) + (option.value.empty() ? "" : " ") +
                       std::string(option.value);
    text += text.size() < kHelpColumn ? std::string(kHelpColumn - text.size(), ' ')
                                      : "\n" + std::string(kHelpColumn, ' ');
    return text + std::string(option.help) + "\n";
}

}  // namespace

std::string help_text(const Command& command, bool all) {
    std::string text = head(command, all) + "\noptions:\n";
    for (const CommandOption& option : command.options) {
        text += option_line(option);
    }
    return text + option_line(kHelpOption);
}

std::string help_without_options(const Command& command) {
    return head(command, true);
}

std::string list_line(const Command& command) {
    std::string text = "  " + std::string(command.name) + (command.takes.empty() ? "" : " ") +
                       std::string(command.takes);
    text.resize(kBriefColumn, ' ');
    return text + std::string(command.brief) + "\n";
}

}  // namespace pipectl
