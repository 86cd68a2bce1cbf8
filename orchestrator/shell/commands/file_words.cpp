#include "orchestrator/shell/commands/file_words.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "orchestrator/shell/commands/command_list.hpp"
#include "orchestrator/shell/syntax/words.hpp"

namespace pipectl::shell {

namespace {

struct CommandWords {
    std::string program;
    std::vector<std::string> options;
    std::size_t files = 0;  ///< operands, the first of grep left aside
};

CommandWords operands_of(const Command& command) {
    CommandWords found;
    found.program = literal(command.words.front()).value_or("");
    found.program.erase(0, found.program.rfind('/') + 1);
    bool takes_value = false;
    bool pattern = found.program.ends_with("grep") || found.program == "rg";
    for (std::size_t i = 1; i < command.words.size(); ++i) {
        const std::string word = literal(command.words[i]).value_or("x");
        if (takes_value) {
            takes_value = false;
        } else if (word.size() > 1 && word.front() == '-') {
            found.options.push_back(word);
            takes_value = word == "-n" || word == "-c" || word == "-e" || word == "-f" ||
                          word == "-m" || word == "-A" || word == "-B" || word == "-C";
            // -n and -c of grep and wc are whole
            takes_value = takes_value && !((word == "-n" || word == "-c") && pattern);
            pattern = pattern && word != "-e" && word != "-f" && !word.starts_with("--file") &&
                      !word.starts_with("--regexp");
        } else if (pattern) {
            pattern = false;
        } else {
            ++found.files;
        }
    }
    return found;
}

bool has_letter(const CommandWords& operands, std::string_view letters) {
    return std::any_of(
        operands.options.begin(), operands.options.end(), [&](const std::string& word) {
            return !word.starts_with("--") && word.find_first_of(letters, 1) != std::string::npos;
        });
}

bool has_option(const CommandWords& operands, std::string_view name) {
    return std::any_of(operands.options.begin(), operands.options.end(),
                       [&](const std::string& word) { return word.starts_with(name); });
}

}  // namespace

std::size_t output_option(const Command& command) {
    const auto program = command.words.empty() ? std::nullopt : literal(command.words.front());
    if (!program || !has_trait(*program, Trait::has_output_option)) {
        return 0;
    }
    for (std::size_t i = 1; i + 1 < command.words.size(); ++i) {
        const auto word = literal(command.words[i]);
        if (word == "-o" || word == "--output" || (word == "-O" && *program == "wget")) {
            return i + 1;
        }
    }
    return 0;
}

std::optional<std::string> not_just_read(const Command& command, std::size_t index) {
    if (index == 0) {
        return "is run as a program";
    }
    const CommandWords operands = operands_of(command);
    const std::string& program = operands.program;
    const bool awk = has_trait(program, Trait::awk);
    const auto says_filename = [](const Word& word) {
        const auto text = literal(word);
        return text && text->find("FILENAME") != std::string::npos;
    };
    if (has_trait(program, Trait::prints_name) ||
        (has_trait(program, Trait::prints_names) &&
         (operands.files > 1 || has_letter(operands, program.ends_with("grep") ? "HlLr" : "v"))) ||
        (program == "diff" && (has_letter(operands, "ucqs") || has_option(operands, "--unified") ||
                               has_option(operands, "--brief"))) ||
        (awk && std::any_of(command.words.begin(), command.words.end(), says_filename))) {
        return "is printed by '" + program + "' with its name";
    }
    const auto value = option_value(command.words[index]);
    if (value && (value->option.starts_with("--out") || value->option == "of=")) {
        return "is written by '" + program + "'";
    }
    if (output_option(command) == index || (program == "sed" && has_letter(operands, "i")) ||
        (program == "sed" && has_option(operands, "--in-place"))) {
        return "is written by '" + program + "'";
    }
    if (has_trait(program, Trait::needs_file)) {
        return "has to be a file for '" + program + "'";
    }
    return std::nullopt;
}

}  // namespace pipectl::shell
