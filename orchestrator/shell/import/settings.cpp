#include "orchestrator/shell/import/settings.hpp"

#include <algorithm>
#include <set>

#include "orchestrator/shell/commands/special_variables.hpp"
#include "orchestrator/shell/import/script_arguments.hpp"
#include "orchestrator/shell/import/settings_functions.hpp"
#include "orchestrator/shell/import/settings_values.hpp"
#include "orchestrator/shell/syntax/expansions.hpp"
#include "orchestrator/shell/syntax/fragment.hpp"
#include "orchestrator/shell/translate/templates.hpp"

namespace pipectl::shell {

namespace {

using To = Template::Piece::Kind;

class SettingsReader {
  public:
    SettingsReader(std::string_view text, const std::vector<Statement>& all)
        : text_(text), all_(all) {}

    Settings run() {
        made_.names.temporaries.insert("$");  // a path with the pid in it is a fresh one
        for (const Statement& each : all_) {
            const Range range = each.chain->range;
            switch (each.kind) {
                case Statement::Kind::assignment: assign_all(each.command().assignments, 0); break;
                case Statement::Kind::constant: assign_all(each.command().words, 1); break;
                case Statement::Kind::exported: export_variables(each); break;
                case Statement::Kind::defaults: defaults(each.command()); break;
                case Statement::Kind::options: options(each); break;
                case Statement::Kind::function: add_function(text_, each, before_, made_); break;
                case Statement::Kind::temporary:
                    for (const Word& word : each.command().assignments) {
                        const std::string& first = word.pieces.front().value;
                        made_.names.temporaries.insert(first.substr(0, name_length(first)));
                    }
                    break;
                case Statement::Kind::pipeline:
                    before_.push_back(range);
                    arguments_.find(*each.chain);
                    break;
                default: break;
            }
        }
        add_arguments();
        return std::move(made_);
    }

  private:
    void cannot(Unsayable why, Range range, std::string name = {}) {
        made_.problems.push_back({why, range, std::move(name)});
    }

    /// $1, as the pipelines use it: a parameter.
    void add_arguments() {
        for (const ScriptArgument& each : arguments_.all()) {
            if (each.shells_default) {
                cannot(Unsayable::default_of_shell, each.place);
                continue;
            }
            if (each.different || assigned_arguments_.contains(each.number)) {
                cannot(Unsayable::argument_differs, each.place, std::to_string(each.number));
                continue;
            }
            Variable variable{argument_name(each.number),
                              each.value.value_or(""),
                              !each.value,
                              "argument " + std::to_string(each.number),
                              true,
                              {}};
            before_.clear();  // its name is not one of the text
            add_variable(std::move(variable), each.place);
        }
    }

    void options(const Statement& statement) {
        made_.pipefail = made_.pipefail || statement.pipefail;
        made_.errexit = made_.errexit || statement.errexit;
        if (!before_.empty() && (statement.pipefail || statement.errexit)) {
            cannot(Unsayable::rules_below, statement.chain->range);
        }
    }

    /// A pipeline above uses the variable: it has another value there. It may do so in a function.
    bool used_before(const std::string& name) const {
        return std::any_of(before_.begin(), before_.end(), [&](Range range) {
            std::string part(text_.substr(range.begin, range.end - range.begin));
            for (const Function& each : made_.functions) {
                if (mentions(part, each.name)) {
                    part += "\n" + each.text;
                }
            }
            return expanded_names(part).contains(name);
        });
    }

    bool exported_later(const std::string& name) const {
        return std::any_of(all_.begin(), all_.end(), [&](const Statement& each) {
            return each.kind == Statement::Kind::exported &&
                   std::any_of(each.command().words.begin() + 1, each.command().words.end(),
                               [&](const Word& word) { return literal(word) == name; });
        });
    }

    bool add_variable(Variable variable, Range range) {
        const bool known =
            std::any_of(made_.variables.begin(), made_.variables.end(),
                        [&](const Variable& each) { return each.name == variable.name; });
        if (known || made_.names.values.contains(variable.name) ||
            made_.names.temporaries.contains(variable.name)) {
            cannot(Unsayable::set_twice, range, variable.name);
            return false;
        }
        if (used_before(variable.name)) {
            cannot(Unsayable::used_before, range, variable.name);
            return false;
        }
        if (!variable.derived) {
            variable.one_word = !variable.value.empty() &&
                                variable.value.find_first_of(" \t\n*?[") == std::string::npos;
        }
        if (!variable.value.empty()) {
            made_.names.values[variable.name] = variable.value;
        } else if (variable.derived) {
            made_.names.patterns[variable.name] = template_pattern(*variable.derived, made_.names);
        }
        made_.variables.push_back(std::move(variable));
        return true;
    }

    // --- NAME=value

    void assign_all(const std::vector<Word>& words, std::size_t from) {
        for (std::size_t i = from; i < words.size(); ++i) {
            if (is_assignment(words[i])) {
                assign(words[i]);
            } else if (!literal(words[i]) || !is_variable(*literal(words[i]))) {
                cannot(Unsayable::no_assignment, words[i].range);
            }
        }
    }

    /// True when there is a variable now that has the value.
    bool assign(const Word& word) {
        const std::string& first = word.pieces.front().value;
        const std::string name = first.substr(0, name_length(first));
        if (first[name.size()] != '=') {
            cannot(Unsayable::adds, word.range);
            return false;
        }
        const Pieces pieces = value_pieces(word, name.size());
        if (name == "IFS") {
            made_.separators = word.range;
            return false;
        }
        if (is_of_environment(name)) {
            return assign_environment(name, pieces, word.range);
        }
        if (pieces.size() == 1 && pieces.front().kind == Piece::Kind::parameter) {
            const Piece& only = pieces.front();
            if (only.value == "!") {
                made_.jobs.insert(name);
                return false;
            }
            if (!only.value.empty() && only.value[0] >= '1' && only.value[0] <= '9') {
                assigned_arguments_.insert(only.value[0] - '0');
            }
            if (only.value.size() == 1 && only.value >= "1" && only.value <= "9") {
                return add_variable(argument(name), word.range);
            }
            const std::size_t size = name_length(only.value);
            const std::size_t digit =
                size == 0 && !only.value.empty() && only.value[0] >= '1' && only.value[0] <= '9';
            const std::size_t behind = size + digit;
            const std::string_view rest = std::string_view(only.value).substr(behind);
            if (behind > 0 && (rest.starts_with(":-") || rest.starts_with("-"))) {
                return assign_default(name, only, rest.substr(rest.find('-') + 1), word.range);
            }
        }
        return assign_value(name, pieces, word);
    }

    bool assign_value(const std::string& name, const Pieces& pieces, const Word& word) {
        if (const auto key = below_temporary(pieces)) {
            made_.names.values[name] = *key;
            return true;
        }
        if (const auto value = value_of(pieces, made_)) {
            Variable variable{name, value->fixed.value_or(""), false, {}, value->one_word, {}};
            if (value->refers) {
                variable.derived = value->text;
            }
            return add_variable(std::move(variable), word.range);
        }
        cannot(
            needs(word) == Need::command ? Unsayable::output_as_value : Unsayable::value_of_shell,
            word.range);
        return false;
    }

    /// A path in a temporary folder: "$tmp/left".
    std::optional<std::string> below_temporary(const Pieces& pieces) const {
        if (pieces.empty() || pieces.front().kind != Piece::Kind::parameter) {
            return std::nullopt;
        }
        Word word;
        word.pieces = pieces;
        auto key = path_key(word, made_.names);
        return key && key->starts_with("${") ? std::move(key) : std::nullopt;
    }

    /// NAME=${OTHER:-default}: a parameter.
    bool assign_default(const std::string& name, const Piece& piece, std::string_view raw,
                        Range range) {
        const auto pieces = default_pieces(piece, raw);
        const auto value = pieces ? value_of(*pieces, made_) : std::nullopt;
        if (!value) {
            cannot(Unsayable::default_of_shell, range);
            return false;
        }
        Variable variable{name, value->fixed.value_or(""), false, {}, value->one_word, {}};
        if (!value->fixed) {
            variable.derived = value->text;
        }
        return add_variable(std::move(variable), range);
    }

    /// NAME=$1: it must be given, unless all that use it have a default.
    Variable argument(const std::string& name) const {
        Variable variable{name, "", true, "", true, {}};
        const std::string use = "${" + name + ":-";
        const std::size_t at = text_.find(use);
        const std::size_t end =
            at == std::string_view::npos ? at : text_.find_first_of("}$`\\'\"", at + use.size());
        if (end != std::string_view::npos && text_[end] == '}') {
            variable.value = text_.substr(at + use.size(), end - at - use.size());
            variable.required = variable.value.empty();
        }
        return variable;
    }

    // --- the environment

    bool assign_environment(const std::string& name, const Pieces& pieces, Range range) {
        if (!exported_later(name)) {
            cannot(Unsayable::environment_of_all, range, name);
            return false;
        }
        return add_environment(name, pieces, range);
    }

    bool add_environment(const std::string& name, const Pieces& pieces, Range range) {
        const auto value = value_of(pieces, made_);
        if (!value) {
            cannot(Unsayable::environment_of_shell, range);
            return false;
        }
        made_.environment.emplace_back(name, value->text);
        if (made_.environment.back().second.pieces.empty()) {
            made_.environment.back().second = text_template("");
        }
        return true;
    }

    void export_variables(const Statement& statement) {
        const auto& words = statement.command().words;
        if (!before_.empty()) {
            cannot(Unsayable::export_below, statement.chain->range);
            return;
        }
        for (std::size_t i = 1; i < words.size(); ++i) {
            const Word& word = words[i];
            if (!is_assignment(word)) {
                const auto name = literal(word);
                if (!name || !is_variable(*name)) {
                    cannot(Unsayable::environment_of_shell, word.range);
                } else {
                    export_variable(*name);
                }
                continue;
            }
            const std::string& first = word.pieces.front().value;
            const std::string name = first.substr(0, name_length(first));
            if (is_of_environment(name)) {
                add_environment(name, value_pieces(word, name.size()), word.range);
            } else if (name != "IFS" && assign(word)) {
                export_variable(name);
            }
        }
    }

    void export_variable(const std::string& name) {
        const Variable* known = find_variable(made_, name);
        if (known == nullptr) {
            return;  // it is in the environment already, if it is anywhere
        }
        if (!known->required && !known->derived && !used_at_all(name)) {
            made_.environment.emplace_back(name, text_template(known->value));
            std::erase_if(made_.variables, [&](const Variable& each) { return each.name == name; });
            return;
        }
        Template value;
        append(value, To::parameter, name);
        made_.environment.emplace_back(name, known->derived ? *known->derived : value);
    }

    /// Whether the text itself expands it, or only the programs that inherit it know it.
    bool used_at_all(const std::string& name) const { return expanded_names(text_).contains(name); }

    /// : "${name:=value}" and "${name:?help}"
    void defaults(const Command& command) {
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            for (const Piece& piece : command.words[i].pieces) {
                if (piece.kind == Piece::Kind::parameter) {
                    default_of(piece, command.words[i].range);
                }
            }
        }
    }

    void default_of(const Piece& piece, Range range) {
        const std::size_t size = name_length(piece.value);
        const std::string name = piece.value.substr(0, size);
        std::string_view rest = std::string_view(piece.value).substr(size);
        rest.remove_prefix(rest.starts_with(':') ? 1 : 0);
        if (size == 0 || rest.empty() || (rest.front() != '=' && rest.front() != '?')) {
            cannot(Unsayable::default_unknown, range);
            return;
        }
        if (rest.front() == '=') {
            assign_default(name, piece, rest.substr(1), range);
        } else if (rest.find_first_of("$`\\'\"") != std::string_view::npos) {
            cannot(Unsayable::default_unknown, range);
        } else {
            add_variable({name, "", true, std::string(rest.substr(1)), true, {}}, range);
        }
    }

    std::string_view text_;
    const std::vector<Statement>& all_;
    std::vector<Range> before_;  ///< the pipelines so far
    ScriptArguments arguments_;
    std::set<int> assigned_arguments_;  ///< NAME=$1
    Settings made_;
};

}  // namespace

Settings read_settings(std::string_view text, const std::vector<Statement>& all) {
    return SettingsReader(text, all).run();
}

}  // namespace pipectl::shell
