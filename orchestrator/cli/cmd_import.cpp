// pipectl import: a shell's pipeline as a definition.

#include <algorithm>

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/machine.hpp"
#include "orchestrator/export/embedded.hpp"
#include "orchestrator/shell/shell.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr CommandHelp kImportHelp = {
    "import", "[OPTIONS] 'a | b | c' | --script FILE",
    "Write a shell's pipeline as a definition, to stdout.",
    "  pipectl import 'zcat access.log.gz | cut -d\" \" -f7 | sort | uniq -c' > pages.toml\n"
    "  pipectl import --script nightly.sh > nightly.toml\n"
    "  pipectl import --script nightly.sh --wrap | pipectl run -\n",
    "Plain words become run = [..]; what needs a shell inside of one stage, shell = \"..\". "
    "Files,\n"
    "named pipes, process substitution, tee and temporary files become outputs and edges, simple\n"
    "assignments parameters. Nothing is run, and nothing is opened but FILE.\n"
    "\n"
    "What a definition cannot say is refused: all reasons, with line and column. --wrap makes one\n"
    "stage of a shell of it where that means the same.\n"
    "\n"
    "A definition is strict: a stage that fails fails the run, also one in mid-pipeline, for which "
    "a\n"
    "shell would not care. Where that may show, one line on stderr says so. grep, diff, test and\n"
    "their like get `ok = [0, 1]`; --shell-rules writes `strict = false` instead.\n"
    "\n"
    "Exit status: 0; 1 when the text is refused; 125 for wrong usage.\n"};

}  // namespace

int import_command(const std::vector<std::string>& words) {
    std::string text;
    std::string script;
    std::string colour = "auto";
    shell::ImportOptions options;
    Arguments arguments(kImportHelp);
    arguments.option("--script", script, "FILE", "the text is in a file; '-': stdin");
    arguments.flag("--wrap", options.wrap, "give to a shell what would be refused");
    arguments.flag("--shell-rules", options.shell_rules,
                   "the shell's rules for failures: strict = false");
    arguments.option("--name", options.name, "NAME", "of the pipeline");
    arguments.choice("--color", colour, {"auto", "always", "never"}, "default: on a terminal");
    arguments.optional_file(text, "TEXT");
    if (const auto status = arguments.parse(words)) {
        return *status;
    }
    if (script.empty() == text.empty()) {
        return usage_error(kImportHelp, script.empty() ? "the pipeline is missing"
                                                       : "TEXT and --script exclude each other");
    }
    const SourceText source = script.empty() ? SourceText{"-c", text} : read_source(script);
    std::string definition;
    switch (find_definition(source.text, definition)) {
        case Embedded::none: break;
        case Embedded::found: return print(definition);
        case Embedded::changed:
            if (options.wrap) break;
            own_error("'" + printable(source.name) +
                      "' was written by 'pipectl export' and has been changed since, so that the "
                      "definition at its end no longer says what it does; change that one, or take "
                      "its comment away, and --wrap gives the script to a shell");
            return 1;
    }
    const shell::ImportResult result = shell::import_text(source, options, this_machine());
    show_diagnostics(source, result.diagnostics, colour);
    if (has_errors(result.diagnostics)) {
        return 1;
    }
    if (!result.note.empty()) {
        print_error("pipectl: " + printable(result.note) + "\n");
    }
    std::string all;
    for (const shell::Imported& each : result.definitions) {
        all += shell::write_definition(each);
    }
    return print(all);
}

}  // namespace pipectl
