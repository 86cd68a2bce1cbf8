#include "orchestrator/cli/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kHelpColumn = 26;

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

}  // namespace

struct Arguments::State {
    /// One option as the help shows it.
    struct Line {
        std::string left;  ///< "--set NAME=VALUE"
        std::string help;

        /// For programs.
        [[nodiscard]] std::string listed() const {
            const std::size_t blank = left.starts_with("-h,") ? std::string::npos : left.find(' ');
            const bool has_value = blank != std::string::npos;
            return left.substr(0, blank) + "\t" + (has_value ? left.substr(blank + 1) : "") + "\t" +
                   help + "\n";
        }
    };

    CommandHelp help;
    CLI::App app;
    std::vector<Line> lines;
    std::vector<std::string> names;
    struct Choice {
        std::string name;
        std::string* target;
        std::vector<std::string> words;
    };
    std::vector<Choice> choices;
    CLI::Option* positional = nullptr;
    bool short_help = false;
    bool long_help = false;

    void declare(std::string_view name, std::string_view value, std::string_view text) {
        lines.push_back({std::string(name) + (value.empty() ? "" : " ") + std::string(value),
                         std::string(text)});
        names.emplace_back(name);
    }

    [[nodiscard]] std::string help_text(bool all) const {
        std::string text;
        if (all) {
            text += "examples:\n" + std::string(help.examples) + "\n";
        }
        text += "usage: pipectl " + std::string(help.name) + " " + std::string(help.usage) +
                "\n\n" + std::string(help.summary) + "\n";
        if (all && !help.description.empty()) {
            text += "\n" + std::string(help.description);
        }
        text += "\noptions:\n";
        for (const Line& line : lines) {
            const std::size_t used = line.left.size() + 2;
            text += "  " + line.left;
            text += used < kHelpColumn ? std::string(kHelpColumn - used, ' ')
                                       : "\n" + std::string(kHelpColumn, ' ');
            text += line.help + "\n";
        }
        return text;
    }

    /// What is wrong with words that nothing took.
    [[nodiscard]] std::string explain_extras() const {
        const std::vector<std::string> extras = app.remaining();
        const auto flag = std::find_if(extras.begin(), extras.end(), [](const std::string& word) {
            return word.size() > 1 && word.front() == '-';
        });
        if (flag == extras.end()) {
            return "unexpected argument " + in_quotes(extras.empty() ? "" : extras.front());
        }
        const std::string name = flag->substr(0, flag->find('='));
        return "unknown option " + in_quotes(name) + suggestion(name);
    }

    /// "-q" may stand for "--quiet", and a slip for what is near it.
    [[nodiscard]] std::string suggestion(const std::string& name) const {
        if (name.size() == 2) {
            const auto same_letter =
                std::find_if(names.begin(), names.end(),
                             [&](const std::string& known) { return known[2] == name[1]; });
            return same_letter == names.end() ? std::string()
                                              : "; did you mean '" + *same_letter + "'?";
        }
        return did_you_mean(name, names);
    }

    /// The library's text begins with the name of the option.
    [[nodiscard]] std::string explain_mismatch(const std::string& text) const {
        std::string name = text.substr(0, text.find_first_of(": "));
        name.insert(0, name.starts_with('-') ? "" : "--");
        const bool takes_value = std::any_of(lines.begin(), lines.end(), [&](const Line& line) {
            return line.left.starts_with(name + " ");
        });
        return "option " + in_quotes(name) + (takes_value ? " needs a value" : " takes no value");
    }
};

Arguments::Arguments(const CommandHelp& help) : state_(std::make_unique<State>()) {
    state_->help = help;
    state_->app.set_help_flag();
    state_->app.add_flag("-h", state_->short_help);
    state_->app.add_flag("--help", state_->long_help);
    state_->names.emplace_back("--help");
}

Arguments::~Arguments() = default;

void Arguments::flag(std::string_view name, bool& target, std::string_view help) {
    state_->declare(name, {}, help);
    state_->app.add_flag(std::string(name), target)->disable_flag_override();
}

void Arguments::option(std::string_view name, std::string& target, std::string_view value,
                       std::string_view help) {
    state_->declare(name, value, help);
    state_->app.add_option(std::string(name), target)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void Arguments::choice(std::string_view name, std::string& target,
                       std::initializer_list<std::string_view> words, std::string_view help) {
    std::string value;
    State::Choice choice{std::string(name), &target, {}};
    for (const std::string_view word : words) {
        value += (value.empty() ? "" : "|") + std::string(word);
        choice.words.emplace_back(word);
    }
    state_->choices.push_back(std::move(choice));
    option(name, target, value, help);
}

void Arguments::options(std::string_view name, std::vector<std::string>& target,
                        std::string_view value, std::string_view help) {
    state_->declare(name, value, help);
    state_->app.add_option(std::string(name), target)->allow_extra_args(false);
}

void Arguments::file(std::string& target, std::string_view name) {
    state_->positional = state_->app.add_option(std::string(name), target)->required();
}

void Arguments::optional_file(std::string& target, std::string_view name) {
    state_->positional = state_->app.add_option(std::string(name), target);
}

void Arguments::files(std::vector<std::string>& target) {
    state_->positional = state_->app.add_option("FILE", target)->required();
}

void Arguments::words(std::vector<std::string>& target) {
    state_->positional = state_->app.add_option("WORD", target);
}

std::optional<int> Arguments::parse(const std::vector<std::string>& words) {
    State& state = *state_;
    state.declare("-h, --help", {}, "this, or the long form with examples");
    const auto wants = [&](const char* flag) {
        const auto end = std::find(words.begin(), words.end(), "--");
        return std::find(words.begin(), end, flag) != end;
    };
    if (wants("--help") || wants("-h")) {
        return print(state.help_text(wants("--help")));
    }
    if (words.size() == 1 && words.front() == kListOptions) {
        std::string text;
        for (const State::Line& line : state.lines) {
            text += line.listed();
        }
        return print(text);
    }
    try {
        state.app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::ExtrasError&) {
        return usage_error(state.help, state.explain_extras());
    } catch (const CLI::RequiredError&) {
        return usage_error(
            state.help, state.app.remaining().empty() ? "FILE is missing" : state.explain_extras());
    } catch (const CLI::ArgumentMismatch& error) {
        return usage_error(state.help, state.explain_mismatch(error.what()));
    } catch (const CLI::ParseError& error) {
        return usage_error(state.help, error.what());
    }
    for (const State::Choice& choice : state.choices) {
        if (std::find(choice.words.begin(), choice.words.end(), *choice.target) ==
            choice.words.end()) {
            return usage_error(state.help, choice.name + " must be " + any_of_list(choice.words) +
                                               ", not " + in_quotes(*choice.target) +
                                               did_you_mean(*choice.target, choice.words));
        }
    }
    return std::nullopt;
}

}  // namespace pipectl
