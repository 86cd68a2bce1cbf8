// Commands that only a shell can run, as stages that are one.

#include <algorithm>
#include <utility>

#include "orchestrator/shell/commands/builtins.hpp"
#include "orchestrator/shell/commands/command_list.hpp"
#include "orchestrator/shell/commands/posix.hpp"
#include "orchestrator/shell/commands/programs.hpp"
#include "orchestrator/shell/syntax/expansions.hpp"
#include "orchestrator/shell/syntax/parser.hpp"
#include "orchestrator/shell/syntax/words.hpp"
#include "orchestrator/shell/translate/templates.hpp"
#include "orchestrator/shell/translate/translator.hpp"

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

/// Some `a | b` in it, which would run by the shell's rules: in a group, a loop, $(..), `..`, or in
/// a function that it may call.
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

bool sets_arguments(std::string_view text) {
    bool found = false;
    visit_commands(parse(text).script.list, [&](const Command& each) {
        const auto name = each.words.empty() ? std::nullopt : literal(each.words.front());
        found = found || name == "set";
    });
    return found;
}

}  // namespace

std::string argument_name(int number) {
    return "arg" + std::to_string(number);
}

std::string shell_label(const Command& command) {
    std::string label;
    std::string builtin;  // when there is nothing else: what a loop reads with says little
    visit_commands(command, [&](const Command& each) {
        if (each.kind != Command::Kind::simple || each.words.empty()) {
            return;
        }
        const auto name = literal(each.words.front());
        if (!name) {
            return;
        }
        const bool tells = !is_builtin(*name) || *name == "echo" || *name == "printf";
        std::string& found = is_builtin(*name) ? builtin : label;
        if (tells && found.empty()) {
            found = stage_label(*name);
        }
    });
    return !label.empty() ? label : !builtin.empty() ? builtin : "sh";
}

Flow Translator::in_shell(const Command& each, const Flow& in, const Context& context) {
    Node node;
    node.range = each.range;
    node.label = shell_label(each);
    for (const Word& word : each.words) {
        if (rules_.import && !rules_.wrap && each.kind == Command::Kind::simple &&
            needs(word) == Need::command) {
            refuse(word.range, "a command's output as an argument",
                   "pass it with --set as a parameter, or let a shell run this stage: --wrap");
        }
    }
    if (each.kind == Command::Kind::function) {
        refuse(each.range, "a function is defined inside of a pipeline");
    }
    if (!rules_.import && rules_.strict && holds_pipeline(each, rules_.prelude)) {
        refuse(each.range, "--strict does not cover a pipeline inside of what a shell runs",
               "make it a part of the outer one; without --strict the shell's rules hold");
    }
    if (!rules_.import) {
        std::vector<Replacement> added;
        if (context.joined) {
            added.push_back({{each.range.end, each.range.end}, " 2>&1"});
        }
        give_to_shell(node, fragment(text_, each.range, each, added), false);
        node.from = in.sources;
        node.inherits = in.inherits;
        const int number = add(std::move(node));
        main = context.main ? number : main;
        at(number).main = context.own;
        return {false, {{number, "stdout", -1}}};
    }
    auto ends = settle(each.redirects, context.joined);
    if (ends && !expressible(*ends, context)) {
        ends.reset();
    }
    std::vector<Replacement> replaced;
    Range range = each.range;
    if (ends) {
        for (const auto& redirect : each.redirects) {
            Range cut = redirect->range;
            while (cut.begin > range.begin && text_[cut.begin - 1] == ' ') {
                --cut.begin;
            }
            replaced.push_back({cut, ""});
            if (redirect->kind == Redirect::Kind::here_document) {
                replaced.push_back({redirect->body_range, ""});
            }
        }
        if (each.kind != Command::Kind::simple) {
            range = each.core;
        }
    } else {
        ends = settle({}, context.joined);
        for (const auto& redirect : each.redirects) {
            if (rules_.renamed.contains(redirect.get())) {
                refuse(redirect->range, "what 'mv' puts in place is written by a shell",
                       "give this command the file's own name: > FILE alone");
            }
        }
    }
    note_failure(each, context, node);
    build_inputs(each, in);
    // <(..) among the words become ports, named in the text
    bool ports = false;
    if (each.kind == Command::Kind::simple) {
        for (const Word& word : each.words) {
            for (const Piece& piece : word.pieces) {
                if (piece.kind == Piece::Kind::process_in) {
                    const std::string port = next_port(node, true);
                    node.inputs.push_back({port, {built_[piece.range.begin]}});
                    replaced.push_back({piece.range, "\"${in." + port + "}\""});
                    ports = true;
                }
            }
        }
    }
    const bool posix = is_posix(text_, each) && !ports;
    std::string text = fragment(text_, range, each, replaced);
    if (text.find_first_not_of(" \t\n") == std::string::npos) {
        text = ":";  // `<file | ..`: the redirections were all there was
    }
    give_to_shell(node, std::move(text), posix);
    const int number = add(std::move(node));
    main = context.main ? number : main;
    at(number).main = context.own;
    return connect(number, *ends, in, context);
}

/// A shell could not find the temporary file that became an edge, or was never made.
void Translator::refuse_temporaries(Range range, const std::string& text) {
    for (const std::string& name : expanded_names(text)) {
        const auto value = rules_.names.values.find(name);
        const bool held = value != rules_.names.values.end() &&
                          (value->second.starts_with("${") || graph.find_fifo(value->second) >= 0);
        if (name != "$" && (rules_.names.temporaries.contains(name) || held)) {
            refuse(range,
                   "this command needs a shell, and uses the temporary file or named pipe '$" +
                       name + "'",
                   "read or write it by a redirection of a simple command");
        }
    }
}

std::string Translator::functions_for(const std::string& text, bool& posix) const {
    // what a variable holds may be a function's name
    bool any = false;
    visit_commands(parse(text).script.list, [&](const Command& each) {
        any = any || (each.kind == Command::Kind::simple && !each.words.empty() &&
                      !literal(each.words.front()));
    });
    std::vector<bool> used(rules_.functions.size(), any || refers_by_name(text));
    std::string all = text;
    for (bool more = true; more;) {
        more = false;
        for (std::size_t i = 0; i < used.size(); ++i) {
            const Function& function = rules_.functions[i];
            if (!used[i] && mentions(all, function.name)) {
                used[i] = more = true;
                all += "\n" + function.text;
            }
        }
    }
    std::string before;
    for (std::size_t i = 0; i < used.size(); ++i) {
        before += used[i] ? rules_.functions[i].text + "\n" : "";
        posix = posix && (!used[i] || rules_.functions[i].posix);
    }
    return before;
}

std::vector<const Variable*> Translator::variables_for(const std::string& text) const {
    const bool any = refers_by_name(text);
    std::vector<const Variable*> used;
    std::string all = text;
    for (bool more = true; more;) {
        more = false;
        for (const Variable& each : rules_.variables) {
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

std::optional<std::string> Translator::unexported(const std::string& text) const {
    bool shows = false;
    visit_commands(parse(text).script.list, [&](const Command& each) {
        if (each.kind != Command::Kind::simple || each.words.empty()) {
            return;
        }
        const auto name = literal(each.words.front());
        shows = shows || !name || (!is_builtin(*name) && !is_function(*name) && !is_blind(each));
    });
    std::string known;
    for (const Variable* each : variables_for(text)) {
        const bool lower = std::any_of(each->name.begin(), each->name.end(),
                                       [](char c) { return c >= 'a' && c <= 'z'; });
        // what programs look for in the environment has capitals
        if (!rules_.exported.contains(each->name) && (shows || !lower)) {
            known += " " + each->name;
        }
    }
    // a shell stage has all parameters, also those that its text does not name
    const bool others =
        shows &&
        std::any_of(rules_.variables.begin(), rules_.variables.end(), [&](const Variable& each) {
            return !each.derived && !rules_.exported.contains(each.name);
        });
    if (known.empty() && !others) {
        return std::nullopt;
    }
    return known.empty() ? "" : "export -n" + known + "\n";
}

/// The script's arguments that the text uses, in their order; null: one that nothing names.
std::vector<const Variable*> Translator::arguments_for(Range range, const std::string& text) {
    const std::set<std::string> used = expanded_names(text);
    std::vector<const Variable*> arguments;
    if (!rules_.import || sets_arguments(text)) {
        return arguments;
    }
    for (int number = 9; number > 0; --number) {
        if (!used.contains(std::to_string(number)) && arguments.empty()) {
            continue;
        }
        arguments.insert(arguments.begin(), variable(argument_name(number)));
    }
    for (const char* all : {"@", "*", "#"}) {
        if (used.contains(all)) {
            refuse(range, std::string("'$") + all + "' stands for all arguments of the script",
                   "give each one a name above the pipelines: NAME=$1");
            break;
        }
    }
    return arguments;
}

void Translator::give_to_shell(Node& node, std::string text, bool posix) {
    for (const Fifo& fifo : graph.fifos) {
        if (mentions(text, fifo.path)) {
            refuse(node.range,
                   "this command needs a shell, and uses the named pipe '" + fifo.path + "'",
                   "read or write it by a redirection of a simple command");
        }
    }
    if (depends_on_shell(text) || (rules_.import && expanded_names(text).contains("0"))) {
        refuse(node.range, "this depends on which process of the shell runs it");
    }
    if (!rules_.import) {
        node.stage.detach = text.find(">(") != std::string::npos;  // see below
        if (!rules_.prelude.empty()) {
            text = rules_.prelude + "\n" + text;
        }
        node.stage.run = {text_template("bash"), text_template("-c"),
                          text_template(std::move(text))};
        if (!rules_.zero.empty()) {
            node.stage.run.push_back(text_template(rules_.zero));
        }
        return;
    }
    const std::vector<const Variable*> arguments = arguments_for(node.range, text);
    text = functions_for(text, posix) + text;
    refuse_temporaries(node.range, text);
    const std::optional<std::string> unexport = unexported(text);
    posix = posix && !unexport && arguments.empty();
    for (const Variable* each : variables_for(text)) {
        // a shell stage has the parameters by itself
        if (!posix || each->derived) {
            node.stage.env.emplace_back(each->name, value_of(*each));
        }
    }
    text.insert(0, unexport.value_or(""));
    // what is behind >(..) may go on when the shell has ended, as it does there
    node.stage.detach = text.find(">(") != std::string::npos;
    if (posix) {
        node.stage.command = Stage::Command::shell;
        Template& shell = node.stage.shell;
        // ports are the only thing in it that is not the shell's
        shell.pieces.push_back({Template::Piece::Kind::text, std::move(text)});
        return;
    }
    Template script;
    std::size_t done = 0;
    for (const Node::Input& input : node.inputs) {
        const std::string reference = "${in." + input.port + "}";
        const std::size_t at = text.find(reference, done);
        if (at != std::string::npos) {
            append(script, Template::Piece::Kind::text, text.substr(done, at - done));
            append(script, Template::Piece::Kind::input, input.port);
            done = at + reference.size();
        }
    }
    append(script, Template::Piece::Kind::text, text.substr(done));
    node.stage.run = {text_template("bash"), text_template("-c"), std::move(script)};
    if (!arguments.empty()) {
        node.stage.run.push_back(text_template("bash"));  // $0
    }
    for (const Variable* each : arguments) {
        node.stage.run.push_back(each != nullptr ? value_of(*each) : text_template(""));
    }
}

}  // namespace pipectl::shell
