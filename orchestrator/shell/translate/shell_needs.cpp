#include "orchestrator/shell/translate/shell_needs.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "orchestrator/shell/commands/builtins.hpp"
#include "orchestrator/shell/commands/command_list.hpp"
#include "orchestrator/shell/commands/programs.hpp"
#include "orchestrator/shell/syntax/expansions.hpp"
#include "orchestrator/shell/syntax/fragment.hpp"
#include "orchestrator/shell/syntax/parser.hpp"
#include "orchestrator/shell/syntax/redirections.hpp"
#include "orchestrator/shell/syntax/words.hpp"

namespace pipectl::shell {

namespace {

/// True when the name occurs, whatever stands around it but letters, digits and '_'.
bool names(std::string_view text, std::string_view name) {
    const auto joins = [](char c) {
        return name_length(std::string_view(&c, 1)) > 0 || (c >= '0' && c <= '9');
    };
    for (std::size_t at = text.find(name); at != std::string_view::npos;
         at = text.find(name, at + 1)) {
        const std::size_t behind = at + name.size();
        if ((at == 0 || !joins(text[at - 1])) && (behind == text.size() || !joins(text[behind]))) {
            return true;
        }
    }
    return false;
}

/// The text may use any variable or function, by a name that it makes up: ${!x}, eval.
bool refers_by_name(std::string_view text) {
    const std::vector<std::string_view> words = names_with(Trait::builtin_by_name);
    bool dot = false;
    visit_commands(parse(text).script.list, [&](const Command& each) {
        dot = dot || (!each.words.empty() && literal(each.words.front()) == ".");
    });
    return dot || text.find("${!") != std::string_view::npos ||
           std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return names(text, word); });
}

/// A program that does not hand its environment on, or look into it for what it does not know.
bool is_blind(const Command& command) {
    const Arguments words = without_wrappers(arguments_of(command, {}));
    const FileUse use = file_use(words);
    return use.known && !has_trait(use.program, Trait::shows_environment);
}

bool has_pipeline(const List& list) {
    return std::any_of(list.chains.begin(), list.chains.end(), [](const Chain& chain) {
        return std::any_of(chain.pipelines.begin(), chain.pipelines.end(),
                           [](const Pipeline& line) { return line.commands.size() > 1; });
    });
}

bool sets_arguments(std::string_view text) {
    bool found = false;
    visit_commands(parse(text).script.list, [&](const Command& each) {
        const auto name = each.words.empty() ? std::nullopt : literal(each.words.front());
        found = found || name == "set";
    });
    return found;
}

}  // namespace

bool holds_pipeline(const Command& whole, const std::string& prelude) {
    bool found = false;
    const auto look = [&](const Command& each) {
        for (const List& body : each.bodies) {
            found = found || has_pipeline(body);
        }
        visit_words(each, [&](const Word& word) {
            for (const Piece& piece : word.pieces) {
                const bool raw = piece.kind == Piece::Kind::command && !piece.body;
                found = found || (piece.body && has_pipeline(*piece.body)) ||
                        (raw && piece.value.find('|') != std::string::npos) ||
                        (piece.kind == Piece::Kind::parameter &&
                         piece.value.find('|') != std::string::npos);
            }
        });
    };
    visit_commands(whole, look);
    visit_commands(parse(prelude).script.list, look);
    return found;
}

std::optional<Range> file_written_inside(const Command& whole, const std::string& prelude) {
    std::optional<Range> found;
    const auto look = [&](const Command& each, const Range* place) {
        for (const auto& redirect : each.redirects) {
            if (&each != &whole && !found && opens_to_write(*redirect)) {
                found = place != nullptr ? *place : redirect->range;
            }
        }
        visit_words(each, [&](const Word& word) {
            for (const Piece& piece : word.pieces) {
                const bool raw = piece.kind == Piece::Kind::command && !piece.body;  // `..`
                if (raw && !found && piece.value.find('>') != std::string::npos) {
                    found = place != nullptr ? *place : word.range;
                }
            }
        });
    };
    visit_commands(whole, [&](const Command& each) { look(each, nullptr); });
    const Parsed functions = parse(prelude);
    visit_commands(functions.script.list, [&](const Command& each) { look(each, &whole.range); });
    return found;
}

NeededFunctions functions_for(const std::string& text, const Rules& rules) {
    // what a variable holds may be a function's name
    bool any = false;
    visit_commands(parse(text).script.list, [&](const Command& each) {
        any = any || (each.kind == Command::Kind::simple && !each.words.empty() &&
                      !literal(each.words.front()));
    });
    std::vector<bool> used(rules.functions.size(), any || refers_by_name(text));
    std::string all = text;
    for (bool more = true; more;) {
        more = false;
        for (std::size_t i = 0; i < used.size(); ++i) {
            const Function& function = rules.functions[i];
            if (!used[i] && mentions(all, function.name)) {
                used[i] = more = true;
                all += "\n" + function.text;
            }
        }
    }
    NeededFunctions needed;
    for (std::size_t i = 0; i < used.size(); ++i) {
        needed.text += used[i] ? rules.functions[i].text + "\n" : "";
        needed.posix = needed.posix && (!used[i] || rules.functions[i].posix);
    }
    return needed;
}

std::vector<const Variable*> variables_for(const std::string& text, const Rules& rules) {
    const bool any = refers_by_name(text);
    std::vector<const Variable*> used;
    std::string all = text;
    for (bool more = true; more;) {
        more = false;
        for (const Variable& each : rules.variables) {
            // a value may be a name as well: $(($x)) looks into the one it names
            if (std::find(used.begin(), used.end(), &each) == used.end() &&
                (any || names(all, each.name))) {
                used.push_back(&each);
                all += "\n" + each.value;
                more = true;
            }
        }
    }
    std::sort(used.begin(), used.end());  // as they were set
    return used;
}

std::optional<std::string> unexported(const std::string& text, const Rules& rules) {
    bool shows = false;
    visit_commands(parse(text).script.list, [&](const Command& each) {
        if (each.kind != Command::Kind::simple || each.words.empty()) {
            return;
        }
        const auto name = literal(each.words.front());
        shows =
            shows || !name || (!is_builtin(*name) && !rules.is_function(*name) && !is_blind(each));
    });
    std::string known;
    for (const Variable* each : variables_for(text, rules)) {
        const bool lower = std::any_of(each->name.begin(), each->name.end(),
                                       [](char c) { return c >= 'a' && c <= 'z'; });
        // what programs look for in the environment has capitals
        if (!rules.exported.contains(each->name) && (shows || !lower)) {
            known += " " + each->name;
        }
    }
    // a shell stage has all parameters, also those that its text does not name
    const bool others =
        shows &&
        std::any_of(rules.variables.begin(), rules.variables.end(), [&](const Variable& each) {
            return !each.derived && !rules.exported.contains(each.name);
        });
    if (known.empty() && !others) {
        return std::nullopt;
    }
    return known.empty() ? "" : "export -n" + known + "\n";
}

std::vector<const Variable*> arguments_for(const std::string& text, const Rules& rules) {
    std::vector<const Variable*> arguments;
    if (sets_arguments(text)) {
        return arguments;
    }
    const std::set<std::string> used = expanded_names(text);
    for (int number = 9; number > 0; --number) {
        if (used.contains(std::to_string(number)) || !arguments.empty()) {
            arguments.insert(arguments.begin(), rules.variable(argument_name(number)));
        }
    }
    return arguments;
}

char all_arguments_in(const std::string& text) {
    if (sets_arguments(text)) {
        return 0;
    }
    const std::set<std::string> used = expanded_names(text);
    for (const char* all : {"@", "*", "#"}) {
        if (used.contains(all)) {
            return *all;
        }
    }
    return 0;
}

}  // namespace pipectl::shell
