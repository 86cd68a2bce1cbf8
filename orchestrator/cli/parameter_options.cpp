#include "orchestrator/cli/parameter_options.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "orchestrator/cli/command_list.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/plan_options.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/definition/parameter_value.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kHelpColumn = 26;

bool is_option(const std::string& word) {
    return word.size() > 1 && word.front() == '-';
}

const CommandOption* find_option(const Command& command, std::string_view word) {
    const std::string_view name = word.substr(0, word.find('='));
    const auto found = std::find_if(
        command.options.begin(), command.options.end(), [&](const CommandOption& option) {
            return option.name == name || (!option.letter.empty() && option.letter == name);
        });
    return found == command.options.end() ? nullptr : &*found;
}

/// The words from `index` on that belong to the option there.
std::size_t words_of(const CommandOption& option, const std::string& word) {
    return option.value.empty() || word.find('=') != std::string::npos ? 1 : 2;
}

/// Where FILE stands; the number of words when it does not.
std::size_t find_file(const Command& command, const std::vector<std::string>& words) {
    for (std::size_t i = 0; i < words.size();) {
        if (words[i] == "--" || !is_option(words[i])) return words[i] == "--" ? words.size() : i;
        const CommandOption* const option = find_option(command, words[i]);
        if (option != nullptr && (option->name == "-c" || option->name == "--script")) break;
        i += option == nullptr ? 1 : words_of(*option, words[i]);
    }
    return words.size();
}

std::string option_line(const Parameter& parameter) {
    const ParameterType type = type_of(parameter);
    const std::string& name = parameter.name.value;
    std::string line = is_run_option(name) ? "  --set " + name + "=" : "  --" + name + " ";
    for (const char c : parameter_type_names().at(static_cast<std::size_t>(type))) {
        line += static_cast<char>(c - 'a' + 'A');
    }
    if (type == ParameterType::list) line += "...";
    line += line.size() + 1 < kHelpColumn ? std::string(kHelpColumn - line.size(), ' ')
                                          : "\n" + std::string(kHelpColumn, ' ');
    const std::string& help = parameter.help;
    std::string values = describe_values(parameter);
    if (parameter.env) values += "; or $" + parameter.env->value;
    return line + printable(help) + (help.empty() ? "" : " ") + "(" + printable(values) + ")\n";
}

std::string help_of(const std::string& file, const Definition& definition) {
    std::string text = "usage: pipectl run " + quote_word(file) +
                       (definition.parameters.empty() ? "" : " [--PARAMETER VALUE ...]") +
                       " [OPTIONS]\n\n" + printable(definition.name);
    if (!definition.description.empty()) text += ": " + printable(definition.description);
    text += "\n";
    if (!definition.parameters.empty()) text += "\nparameters:\n";
    for (const Parameter& parameter : definition.parameters) {
        text += option_line(parameter);
    }
    if (definition.for_each) {
        text += "\nonce for each item; these instead of all:\n";
        for (const Each& each : definition.for_each->each) {
            text += "  --" + each.name.value + " VALUE\n";
        }
    }
    return text + "\n'pipectl run --help' tells of the options that every pipeline has.\n";
}

/// Rewrites what stands behind FILE.
class OptionReader {
  public:
    OptionReader(const Command& command, std::vector<std::string>& words, std::size_t file)
        : command_(command), words_(words), file_(file) {}

    std::optional<int> run() {
        for (at_ = file_ + 1; at_ < words_.size() && words_[at_] != "--";) {
            const std::string word = words_[at_];
            if (word == "--help" || word == "-h") {
                return load_file() ? print(help_of(words_[file_], definition_)) : kOwnError;
            }
            if (const CommandOption* const option = find_option(command_, word)) {
                if (word.starts_with("--")) tell_of_clash(word.substr(2, word.find('=') - 2));
                at_ += words_of(*option, word);
            } else if (!word.starts_with("--")) {
                ++at_;
            } else if (const auto status = take(word)) {
                return status;
            }
        }
        return std::nullopt;
    }

  private:
    /// False when the file has errors, which are shown here or by the run itself.
    bool load_file(bool show = true) {
        if (loaded_) return true;
        if (words_[file_] == "-") return loaded_ = true;  // read once, and later
        const SourceText source = read_source(words_[file_]);
        ParseResult parsed = parse_definition(source);
        if (has_errors(parsed.diagnostics)) {
            if (show) show_diagnostics(source, parsed.diagnostics, {});
            return false;
        }
        definition_ = std::move(parsed.definition);
        return loaded_ = true;
    }

    const Parameter* find(const std::string& name) const {
        const auto& all = definition_.parameters;
        const auto found = std::find_if(
            all.begin(), all.end(), [&](const Parameter& each) { return each.name.value == name; });
        return found == all.end() ? nullptr : &*found;
    }

    /// Of [for-each]: `--file x` is that item alone.
    [[nodiscard]] bool is_variable(const std::string& name) const {
        if (!definition_.for_each) return false;
        const auto& all = definition_.for_each->each;
        return std::any_of(all.begin(), all.end(),
                           [&](const Each& each) { return each.name.value == name; });
    }

    void tell_of_clash(const std::string& name) {
        if (!is_run_option(name) || name == "set" || !load_file(false) || find(name) == nullptr)
            return;
        print_error("pipectl: warning: '--" + name +
                    "' is pipectl's own option; the parameter of " +
                    "that name is set with --set " + name + "=VALUE\n");
    }

    std::optional<int> take(const std::string& word) {
        if (!load_file()) return kOwnError;
        const std::size_t equals = word.find('=');
        const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
        const Parameter* const parameter = find(name);
        if (parameter == nullptr && !is_variable(name)) return unknown(name);
        std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
        std::size_t taken = 1;
        if (equals == std::string::npos && parameter != nullptr &&
            type_of(*parameter) == ParameterType::boolean) {
            value = "true";
        } else if (equals == std::string::npos) {
            if (at_ + 1 == words_.size()) {
                return usage_error(command_, "option '--" + name + "' needs a value");
            }
            value = words_[at_ + 1];
            taken = 2;
        }
        const auto begin = words_.begin() + static_cast<std::ptrdiff_t>(at_);
        words_.erase(begin, begin + static_cast<std::ptrdiff_t>(taken));
        words_.insert(words_.begin() + static_cast<std::ptrdiff_t>(at_),
                      {std::string(kSetOption.name), name + "=" + value});
        at_ += 2;
        return std::nullopt;
    }

    int unknown(const std::string& name) const {
        std::vector<std::string> known;
        for (const CommandOption& option : command_.options) {
            known.emplace_back(option.name);
        }
        for (const Parameter& parameter : definition_.parameters) {
            known.push_back("--" + parameter.name.value);
        }
        std::string message = "unknown option '--" + name + "'" + did_you_mean("--" + name, known);
        if (words_[file_] == "-") message += "; parameters of a definition on stdin: --set";
        return usage_error(command_, message);
    }

    const Command& command_;
    std::vector<std::string>& words_;
    std::size_t file_;
    std::size_t at_ = 0;
    Definition definition_;
    bool loaded_ = false;
};

}  // namespace

std::optional<int> take_parameter_options(const Command& command, std::vector<std::string>& words) {
    const std::size_t file = find_file(command, words);
    if (file + 1 >= words.size()) return std::nullopt;
    return OptionReader(command, words, file).run();
}

bool is_run_option(std::string_view name) {
    const Command* const run = find_command(all_commands(), "run");
    return find_option(*run, "--" + std::string(name)) != nullptr || name == "help";
}

std::vector<ShownSetting> settings_among(const std::vector<std::string>& words) {
    std::vector<ShownSetting> found;
    const bool run = !words.empty() && words.front() == "run";
    for (std::size_t i = run ? 1 : 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        const std::size_t equals = word.find('=');
        if (word == kSetOption.name && i + 1 < words.size()) {
            const std::size_t end = words[++i].find('=');
            if (end != std::string::npos) found.push_back({words[i].substr(0, end), i, end + 1});
        } else if (word.starts_with("--set=")) {
            const std::size_t end = word.find('=', equals + 1);
            if (end == std::string::npos) continue;
            found.push_back({word.substr(equals + 1, end - equals - 1), i, end + 1});
        } else if (run && word.starts_with("--") && word.size() > 2 &&
                   !is_run_option(std::string_view(word).substr(2, equals - 2))) {
            const std::string name = word.substr(2, equals - 2);
            if (equals != std::string::npos) {
                found.push_back({name, i, equals + 1});
            } else if (i + 1 < words.size()) {
                found.push_back({name, ++i, 0});
            }
        }
    }
    return found;
}

}  // namespace pipectl
