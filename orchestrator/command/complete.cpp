#include "orchestrator/command/complete.hpp"

#include <algorithm>

#include "orchestrator/command/help.hpp"
#include "orchestrator/command/offers.hpp"

namespace pipectl {

namespace {

/// A command line up to the cursor.
struct WordsSoFar {
    std::vector<std::string> operands;
    const CommandOption* pending = nullptr;  ///< the option whose value is under the cursor
};

WordsSoFar take_apart(const Command& command, const std::vector<std::string>& words) {
    WordsSoFar line;
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
        const auto option = std::ranges::find(command.options, words[i], &CommandOption::name);
        if (option != command.options.end() && !option->value.empty()) {
            if (i + 2 == words.size()) line.pending = &*option;
            ++i;
        } else if (!words[i].starts_with("-") || words[i] == "-") {
            line.operands.push_back(words[i]);
        }
    }
    return line;
}

void complete_value(Offers& candidates, const WordsSoFar& line) {
    if (line.pending->completes != nullptr) {
        line.pending->completes(candidates, line.operands);
    }
    for (const std::string& choice : choices_of(*line.pending)) {
        candidates.add(choice);
    }
}

/// The last operand of a command may stand for several.
void complete_operand(Offers& candidates, const Command& command, const WordsSoFar& line) {
    using Count = CommandOperand::Count;
    if (command.operands.empty()) return;
    const std::size_t place = std::min(line.operands.size(), command.operands.size() - 1);
    const CommandOperand& operand = command.operands[place];
    const bool repeats = operand.count == Count::any || operand.count == Count::one_or_more;
    if (operand.completes != nullptr && (repeats || place == line.operands.size())) {
        operand.completes(candidates, line.operands);
    }
}

void complete_option(Offers& candidates, const Command& command) {
    for (const CommandOption& option : command.options) {
        candidates.add(std::string(option.name), std::string(option.help));
    }
    candidates.add("--help", std::string(kHelpOption.help));
}

}  // namespace

std::string complete_words(CommandList commands, const std::vector<std::string>& words) {
    Offers candidates(words.empty() ? "" : words.back());
    if (words.size() <= 1 || (words.size() == 2 && words[0] == "help")) {
        for (const Command* const command : commands) {
            candidates.add(std::string(command->name), std::string(command->brief));
        }
        if (words.size() <= 1) candidates.add_words("help --help --version");
        return candidates.text();
    }
    const Command* const command = find_command(commands, words[0]);
    if (command == nullptr) {
        return {};
    }
    const WordsSoFar line = take_apart(*command, words);
    if (line.pending != nullptr) {
        complete_value(candidates, line);
    } else if (candidates.current().starts_with("-")) {
        complete_option(candidates, *command);
    } else {
        complete_operand(candidates, *command, line);
    }
    return candidates.text();
}

}  // namespace pipectl
