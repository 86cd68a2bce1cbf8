// Commands that only a shell can run, as stages that are one.

#include <algorithm>
#include <utility>

#include "orchestrator/shell/commands/builtins.hpp"
#include "orchestrator/shell/commands/posix.hpp"
#include "orchestrator/shell/syntax/fragment.hpp"
#include "orchestrator/shell/syntax/words.hpp"
#include "orchestrator/shell/translate/shell_needs.hpp"
#include "orchestrator/shell/translate/shell_refusals.hpp"
#include "orchestrator/shell/translate/templates.hpp"
#include "orchestrator/shell/translate/translator.hpp"

namespace pipectl::shell {

namespace {

/// The text, with the names of the node's ports as references.
Template with_ports(const std::string& text, const std::vector<Node::Input>& inputs) {
    Template script;
    std::size_t done = 0;
    for (const Node::Input& input : inputs) {
        const std::string reference = "${in." + input.port + "}";
        const std::size_t at = text.find(reference, done);
        if (at != std::string::npos) {
            append(script, Template::Piece::Kind::text, text.substr(done, at - done));
            append(script, Template::Piece::Kind::input, input.port);
            done = at + reference.size();
        }
    }
    append(script, Template::Piece::Kind::text, text.substr(done));
    return script;
}

bool is_input(const Redirect& redirect) {
    switch (redirect.kind) {
        case Redirect::Kind::in:
        case Redirect::Kind::here_document:
        case Redirect::Kind::here_string: return redirect.descriptor <= 0;
        default: return false;
    }
}

/// What is behind >(..) may go on when the shell has ended, as it does there.
bool outlives_shell(const std::string& text) {
    return text.find(">(") != std::string::npos;
}

}  // namespace

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
    refuse(reasons_against(each, rules_));
    if (!rules_.import && !rules_.strict) {
        return whole_in_shell(each, in, context);
    }
    Node node;
    node.range = each.range;
    node.label = shell_label(each);
    std::vector<Replacement> replaced;
    const auto taken = take_ends(each, context, replaced);
    note_failure(each, context, node);
    build_inputs(each, in);
    const bool ports = name_inputs_of(each, node, replaced);
    const bool all_taken =
        std::all_of(each.redirects.begin(), each.redirects.end(), [&](const auto& redirect) {
            return std::any_of(replaced.begin(), replaced.end(), [&](const Replacement& cut) {
                return cut.range.end == redirect->range.end;
            });
        });
    const bool whole = !all_taken || each.kind == Command::Kind::simple;
    const bool posix = is_posix(text_, each) && !ports;
    std::string text = fragment(text_, whole ? each.range : each.core, each, replaced);
    if (text.find_first_not_of(" \t\n") == std::string::npos) {
        text = ":";  // `<file | ..`: the redirections were all there was
    }
    give_to_shell(node, std::move(text), posix);
    const int number = add_main(std::move(node), context);
    return connect(number, taken ? *taken : *settle({}, context.joined), in, context);
}

/// A run by the shell's rules: the command with all its redirections.
Flow Translator::whole_in_shell(const Command& each, const Flow& in, const Context& context) {
    std::vector<Replacement> added;
    if (context.joined) {
        added.push_back({{each.range.end, each.range.end}, " 2>&1"});
    }
    Node node;
    node.range = each.range;
    node.label = shell_label(each);
    give_to_shell(node, fragment(text_, each.range, each, added), false);
    node.from = in.sources;
    node.inherits = in.inherits;
    return {false, {{add_main(std::move(node), context), "stdout", -1}}};
}

/// A run leaves the old one there when it fails. What is no regular file has no old one.
bool Translator::is_replaced(const Redirect& redirect) const {
    const auto path = literal(redirect.target);
    const FileKind kind = path ? rules_.machine->look(*path) : FileKind::missing;
    return kind == FileKind::regular || kind == FileKind::missing;
}

/// Files that the shell would write, where it must not.
void Translator::refuse_kept(const std::vector<std::shared_ptr<Redirect>>& redirects) {
    for (const auto& redirect : redirects) {
        if (rules_.renamed.contains(redirect.get())) {
            refuse(redirect->range, "what 'mv' puts in place is written by a shell",
                   "give this command the file's own name: > FILE alone");
        } else if (!rules_.import && opens_to_write(*redirect) && is_replaced(*redirect)) {
            refuse(redirect->range, "--strict does not cover a file that only a shell can open",
                   "one file with a plain name, as stdout or stderr; without --strict the shell's "
                   "rules hold");
        }
    }
}

std::optional<Ends> Translator::take_ends(const Command& each, const Context& context,
                                          std::vector<Replacement>& replaced) {
    auto redirects = each.redirects;
    auto ends = settle(redirects, context.joined);
    if (!ends || !expressible(*ends, context)) {
        // what it reads may be the shell's alone
        std::erase_if(redirects, [](const auto& redirect) { return is_input(*redirect); });
        ends = settle(redirects, context.joined);
    }
    if (!ends || !expressible(*ends, context)) {
        refuse_kept(redirects);
        return std::nullopt;
    }
    for (const auto& redirect : redirects) {
        Range cut = redirect->range;
        while (cut.begin > each.range.begin && text_[cut.begin - 1] == ' ') {
            --cut.begin;
        }
        replaced.push_back({cut, ""});
        if (redirect->kind == Redirect::Kind::here_document) {
            replaced.push_back({redirect->body_range, ""});
        }
    }
    return ends;
}

bool Translator::name_inputs_of(const Command& each, Node& node,
                                std::vector<Replacement>& replaced) {
    if (each.kind != Command::Kind::simple) {
        return false;
    }
    bool ports = false;
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
    return ports;
}

/// run: bash, and what stands above the pipelines again in each.
void Translator::give_to_bash(Node& node, std::string text) const {
    node.stage.detach = outlives_shell(text);
    if (!rules_.prelude.empty()) {
        text = rules_.prelude + "\n" + text;
    }
    node.stage.run = {text_template("bash"), text_template("-c"), with_ports(text, node.inputs)};
    if (!rules_.zero.empty()) {
        node.stage.run.push_back(text_template(rules_.zero));
    }
}

void Translator::give_to_shell(Node& node, std::string text, bool posix) {
    NeededFunctions functions;
    if (rules_.import) {
        functions = functions_for(text, rules_);
    }
    const ShellText checked{node.range, text, functions.text + text};
    refuse(reasons_against(checked, rules_, made_.graph));
    if (!rules_.import) {
        give_to_bash(node, std::move(text));
        return;
    }
    const std::vector<const Variable*> arguments = arguments_for(text, rules_);
    text = checked.whole;
    const std::optional<std::string> unexport = unexported(text, rules_);
    posix = posix && functions.posix && !unexport && arguments.empty();
    for (const Variable* each : variables_for(text, rules_)) {
        // a shell stage has the parameters by itself
        if (!posix || each->derived) {
            node.stage.env.emplace_back(each->name, value_of(*each));
        }
    }
    text.insert(0, unexport.value_or(""));
    node.stage.detach = outlives_shell(text);
    if (posix) {
        node.stage.command = Stage::Command::shell;
        // ports are the only thing in it that is not the shell's
        node.stage.shell.pieces.push_back({Template::Piece::Kind::text, std::move(text)});
        return;
    }
    node.stage.run = {text_template("bash"), text_template("-c"), with_ports(text, node.inputs)};
    if (!arguments.empty()) {
        node.stage.run.push_back(text_template("bash"));  // $0
    }
    for (const Variable* each : arguments) {
        node.stage.run.push_back(each != nullptr ? value_of(*each) : text_template(""));
    }
}

}  // namespace pipectl::shell
