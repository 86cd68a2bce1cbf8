// Commands that only a shell can run, as stages that are one.

#include <algorithm>
#include <utility>

#include "orchestrator/shell/expansions.hpp"
#include "orchestrator/shell/templates.hpp"
#include "orchestrator/shell/translator.hpp"
#include "orchestrator/shell/words.hpp"

namespace pipectl::shell {

std::string shell_label(const Command& command) {
    std::string label;
    visit_commands(command, [&](const Command& each) {
        if (label.empty() && each.kind == Command::Kind::simple && !each.words.empty()) {
            if (const auto name = literal(each.words.front())) {
                label = stage_label(*name);
            }
        }
    });
    return label.empty() ? "sh" : label;
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
    }
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
    // the functions that occur in it, and those that occur in these
    std::vector<bool> used(rules_.functions.size(), false);
    std::string all = text;
    for (bool more = true; more;) {
        more = false;
        for (std::size_t i = 0; i < rules_.functions.size(); ++i) {
            const Function& function = rules_.functions[i];
            if (!used[i] && mentions(all, function.name)) {
                used[i] = more = true;
                all += "\n" + function.text;
                posix = posix && function.posix;
            }
        }
    }
    refuse_temporaries(node.range, all);
    std::string before;
    for (std::size_t i = 0; i < used.size(); ++i) {
        before += used[i] ? rules_.functions[i].text + "\n" : "";
    }
    text = before + text;
    for (const Variable& each : rules_.variables) {
        // a shell stage has the parameters by itself
        if ((!posix || each.derived) && mentions(text, each.name)) {
            node.stage.env.emplace_back(each.name, value_of(each));
        }
    }
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
}

}  // namespace pipectl::shell
