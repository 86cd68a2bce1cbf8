#include "orchestrator/command/parse_words.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>
#include <utility>

#include "orchestrator/command/help.hpp"
#include "orchestrator/command/output.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

using Count = CommandOperand::Count;

/// "'a', 'b' or 'c'".
std::string any_of_list(const std::vector<std::string>& words) {
    std::string list;
    for (const std::string& word : words) {
        list += (list.empty() ? "'" : &word == &words.back() ? " or '" : ", '") + word + "'";
    }
    return list;
}

std::string in_quotes(std::string_view text) {
    return "'" + std::string(text) + "'";
}

/// The library's parser with the command's options. It is told of no operands: of a list of these
/// it would take "[a,b]" apart, and it complains of their number before it does of a wrong option.
void declare(const Command& command, CLI::App& app) {
    app.allow_extras();
    app.set_help_flag();
    for (const CommandOption& option : command.options) {
        const std::string name = (option.letter.empty() ? "" : std::string(option.letter) + ",") +
                                 std::string(option.name);
        if (option.value.empty()) {
            app.add_flag(name)->disable_flag_override();
        } else {
            // one value each time, however often: Given decides which of them counts
            app.add_option(name)->type_size(1)->expected(1, -1)->allow_extra_args(false);
        }
    }
}

/// "-q" may stand for "--quiet", and a slip for what is near it.
std::string suggestion(const Command& command, const std::string& name) {
    std::vector<std::string> names = {"--help"};
    for (const CommandOption& option : command.options) {
        names.emplace_back(option.name);
    }
    if (name.size() != 2) {
        return did_you_mean(name, names);
    }
    const auto same_letter =
        std::ranges::find_if(names, [&](const std::string& known) { return known[2] == name[1]; });
    return same_letter == names.end() ? std::string() : "; did you mean '" + *same_letter + "'?";
}

/// Words that are no options and no values of these.
struct Rest {
    std::vector<std::string> operands;
    std::string unknown_option;
};

Rest take_rest(const std::vector<std::string>& words) {
    Rest rest;
    bool options_may_come = true;
    for (const std::string& word : words) {
        if (options_may_come && word == "--") {
            options_may_come = false;
        } else if (options_may_come && word.size() > 1 && word.front() == '-') {
            if (rest.unknown_option.empty()) rest.unknown_option = word.substr(0, word.find('='));
        } else {
            rest.operands.push_back(word);
        }
    }
    return rest;
}

/// The library's text begins with the name of the option.
std::string explain_mismatch(const Command& command, const std::string& text) {
    std::string name = text.substr(0, text.find_first_of(": "));
    name.insert(0, name.starts_with('-') ? "" : "--");
    const bool takes_value = std::ranges::any_of(command.options, [&](const CommandOption& option) {
        return option.name == name && !option.value.empty();
    });
    return "option " + in_quotes(name) + (takes_value ? " needs a value" : " takes no value");
}

/// What is wrong with the number of operands, if anything.
std::string explain_operands(const Command& command, const std::vector<std::string>& given) {
    std::vector<std::string_view> missing;
    std::size_t most = 0;
    for (const CommandOperand& operand : command.operands) {
        const bool needed = operand.count == Count::one || operand.count == Count::one_or_more;
        if (needed && most >= given.size()) missing.push_back(operand.name);
        const bool endless = operand.count == Count::one_or_more || operand.count == Count::any;
        most = endless ? given.size() : most + 1;
    }
    if (missing.empty()) {
        return given.size() > most ? "unexpected argument " + in_quotes(given[most]) : "";
    }
    std::string names;
    for (const std::string_view name : missing) {
        names += (names.empty() ? "" : " and ") + std::string(name);
    }
    return names + (missing.size() == 1 ? " is missing" : " are missing");
}

/// What is wrong with an option that takes one of a few words, if anything.
std::string explain_choices(const Given& given) {
    for (const CommandOption& option : given.command().options) {
        const std::vector<std::string> choices = choices_of(option);
        if (choices.empty()) continue;
        const std::string value = given.value(option.name);
        if (std::ranges::find(choices, value) == choices.end()) {
            return std::string(option.name) + " must be " + any_of_list(choices) + ", not " +
                   in_quotes(value) + did_you_mean(value, choices);
        }
    }
    return {};
}

Given::Options options_in(const Command& command, const CLI::App& app) {
    Given::Options options;
    for (const CommandOption& option : command.options) {
        const std::string name(option.name);
        if (app.count(name) > 0) options.emplace(name, app.get_option(name)->results());
    }
    return options;
}

bool any_option(const std::vector<std::string>& words) {
    return std::ranges::any_of(
        words, [](const std::string& word) { return word.size() > 1 && word.front() == '-'; });
}

/// The options among the words, and what is left of these. The library takes a hundred thousand
/// instructions to hear of the options of `run`: a start without any is spared that.
struct Taken {
    Given::Options options;
    std::vector<std::string> remaining;
    std::string wrong;
};

Taken take_options(const Command& command, const std::vector<std::string>& words) {
    if (!any_option(words)) return {{}, words, {}};
    CLI::App app;
    declare(command, app);
    try {
        app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::ArgumentMismatch& error) {
        return {{}, {}, explain_mismatch(command, error.what())};
    } catch (const CLI::ParseError& error) {
        return {{}, {}, error.what()};
    }
    return {options_in(command, app), app.remaining(), {}};
}

/// Where the words of the command that follows begin; '--', which may stand before them, is left
/// out of what stands before.
struct Split {
    std::vector<std::string> before;
    std::vector<std::string> command;
};

Split split_at_command(const Command& command, const std::vector<std::string>& words) {
    std::size_t at = 0;
    while (at < words.size() && words[at].size() > 1 && words[at].front() == '-' &&
           words[at] != "--") {
        const auto option = std::ranges::find_if(command.options, [&](const CommandOption& each) {
            return each.name == words[at] || (!each.letter.empty() && each.letter == words[at]);
        });
        const bool takes_next = option != command.options.end() && !option->value.empty();
        at = std::min(words.size(), at + (takes_next ? 2 : 1));
    }
    const auto begin = words.begin() + static_cast<std::ptrdiff_t>(at);
    const bool dashes = begin != words.end() && *begin == "--";
    return {{words.begin(), begin}, {begin + (dashes ? 1 : 0), words.end()}};
}

}  // namespace

std::variant<Given, std::string> parse_words(const Command& command,
                                             std::vector<std::string> words) {
    Split split{words, {}};
    if (command.command_follows) split = split_at_command(command, words);
    Taken taken = take_options(command, split.before);
    if (!taken.wrong.empty()) {
        return std::move(taken.wrong);
    }
    Rest rest = take_rest(taken.remaining);
    if (const std::string& name = rest.unknown_option; !name.empty()) {
        return "unknown option " + in_quotes(name) + suggestion(command, name);
    }
    if (command.command_follows) rest.operands = std::move(split.command);
    if (std::string wrong = explain_operands(command, rest.operands); !wrong.empty()) {
        return wrong;
    }
    Given given(command, std::move(words), std::move(taken.options), std::move(rest.operands));
    if (std::string wrong = explain_choices(given); !wrong.empty()) {
        return wrong;
    }
    return given;
}

int run_command_words(const Command& command, std::vector<std::string> words) {
    if (command.prepare != nullptr) {
        if (const auto status = command.prepare(command, words)) return *status;
    }
    const std::vector<std::string> own =
        command.command_follows ? split_at_command(command, words).before : words;
    const auto wants = [&](const char* flag) {
        const auto end = std::find(own.begin(), own.end(), "--");
        return std::find(own.begin(), end, flag) != end;
    };
    if (wants("--help") || wants("-h")) {
        return print(help_text(command, wants("--help")));
    }
    const auto parsed = parse_words(command, std::move(words));
    const auto* const given = std::get_if<Given>(&parsed);
    return given != nullptr ? command.run(*given)
                            : usage_error(command, std::get<std::string>(parsed));
}

}  // namespace pipectl
