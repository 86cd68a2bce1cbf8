#include "orchestrator/shell/translate/shell_refusals.hpp"

#include "orchestrator/shell/syntax/expansions.hpp"
#include "orchestrator/shell/syntax/fragment.hpp"
#include "orchestrator/shell/syntax/words.hpp"
#include "orchestrator/shell/translate/shell_needs.hpp"

namespace pipectl::shell {

namespace {

using Refusals = std::vector<Refusal>;

// --- commands

void output_as_argument(const Command& command, const Rules& rules, Refusals& refusals) {
    if (!rules.import || rules.wrap || command.kind != Command::Kind::simple) {
        return;
    }
    for (const Word& word : command.words) {
        if (needs(word) == Need::command) {
            refusals.push_back(
                {word.range, "a command's output as an argument",
                 "pass it with --set as a parameter, or let a shell run this stage: --wrap"});
        }
    }
}

void function_inside(const Command& command, const Rules& /*rules*/, Refusals& refusals) {
    if (command.kind == Command::Kind::function) {
        refusals.push_back({command.range, "a function is defined inside of a pipeline", {}});
    }
}

void pipeline_inside(const Command& command, const Rules& rules, Refusals& refusals) {
    if (!rules.import && rules.strict && holds_pipeline(command, rules.prelude)) {
        refusals.push_back(
            {command.range, "--strict does not cover a pipeline inside of what a shell runs",
             "make it a part of the outer one; without --strict the shell's rules hold"});
    }
}

void file_inside(const Command& command, const Rules& rules, Refusals& refusals) {
    if (rules.import || !rules.strict) {
        return;
    }
    if (const auto file = file_written_inside(command, rules.prelude)) {
        refusals.push_back(
            {*file, "--strict does not cover a file that is written inside of what a shell runs",
             "redirect the whole of it; without --strict the shell's rules hold"});
    }
}

// --- their texts

void named_pipe(const ShellText& text, const Rules& /*rules*/, const Graph& graph,
                Refusals& refusals) {
    for (const Fifo& fifo : graph.fifos) {
        if (mentions(text.own, fifo.path)) {
            refusals.push_back(
                {text.range,
                 "this command needs a shell, and uses the named pipe '" + fifo.path + "'",
                 "read or write it by a redirection of a simple command"});
        }
    }
}

void process_of_shell(const ShellText& text, const Rules& rules, const Graph& /*graph*/,
                      Refusals& refusals) {
    if (depends_on_shell(text.own) || (rules.import && expanded_names(text.own).contains("0"))) {
        refusals.push_back({text.range, "this depends on which process of the shell runs it", {}});
    }
}

void all_arguments(const ShellText& text, const Rules& rules, const Graph& /*graph*/,
                   Refusals& refusals) {
    if (const char all = rules.import ? all_arguments_in(text.own) : '\0'; all != '\0') {
        refusals.push_back({text.range,
                            std::string("'$") + all + "' stands for all arguments of the script",
                            "give each one a name above the pipelines: NAME=$1"});
    }
}

/// A shell could not find the temporary file that became an edge, or was never made.
void temporary(const ShellText& text, const Rules& rules, const Graph& graph, Refusals& refusals) {
    if (!rules.import) {
        return;
    }
    for (const std::string& name : expanded_names(text.whole)) {
        const auto value = rules.names.values.find(name);
        const bool held = value != rules.names.values.end() &&
                          (value->second.starts_with("${") || graph.find_fifo(value->second) >= 0);
        if (name != "$" && (rules.names.temporaries.contains(name) || held)) {
            refusals.push_back(
                {text.range,
                 "this command needs a shell, and uses the temporary file or named pipe '$" + name +
                     "'",
                 "read or write it by a redirection of a simple command"});
        }
    }
}

constexpr void (*kAgainstCommands[])(const Command&, const Rules&, Refusals&) = {
    output_as_argument, function_inside, pipeline_inside, file_inside};

constexpr void (*kAgainstShellTexts[])(const ShellText&, const Rules&, const Graph&, Refusals&) = {
    named_pipe, process_of_shell, all_arguments, temporary};

}  // namespace

std::vector<Refusal> reasons_against(const Command& command, const Rules& rules) {
    Refusals refusals;
    for (const auto check : kAgainstCommands) {
        check(command, rules, refusals);
    }
    return refusals;
}

std::vector<Refusal> reasons_against(const ShellText& text, const Rules& rules,
                                     const Graph& graph) {
    Refusals refusals;
    for (const auto check : kAgainstShellTexts) {
        check(text, rules, graph, refusals);
    }
    return refusals;
}

}  // namespace pipectl::shell
