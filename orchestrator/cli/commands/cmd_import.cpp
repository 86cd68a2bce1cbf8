// pipectl import: a shell's pipeline as a definition.

#include <algorithm>

#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/machine.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/definition/write.hpp"
#include "orchestrator/export/embedded.hpp"
#include "orchestrator/shell/shell.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kImportOptions[] = {
    {"--script", "FILE", "the text is in a file; '-': stdin", complete_files},
    {"--wrap", {}, "give to a shell what would be refused"},
    {"--shell-rules", {}, "the shell's rules for failures: strict = false"},
    {"--name", "NAME", "of the pipeline"},
    kColourOption,
};

constexpr CommandOperand kImportOperands[] = {
    {"TEXT", CommandOperand::Count::optional, complete_files}};

int import_command(const Given& given);

}  // namespace

extern constexpr Command kImportCommand = {
    .name = "import",
    .takes = "TEXT",
    .brief = "a shell pipeline as a definition",
    .usage = "[OPTIONS] 'a | b | c' | --script FILE",
    .summary = "Write a shell's pipeline as a definition, to stdout.",
    .examples = R"(
  pipectl import 'zcat access.log.gz | cut -d" " -f7 | sort | uniq -c' > pages.toml
  pipectl import --script nightly.sh > nightly.toml
  pipectl import --script nightly.sh --wrap | pipectl run -
)",
    .help = R"(
Plain words become run = [..]; what needs a shell inside of one stage, shell = "..". Files,
named pipes, process substitution, tee and temporary files become outputs and edges, simple
assignments parameters. Nothing is run, and nothing is opened but FILE.

What a definition cannot say is refused: all reasons, with line and column. --wrap makes one
stage of a shell of it where that means the same.

A definition is strict: a stage that fails fails the run, also one in mid-pipeline, for which a
shell would not care. Where that may show, one line on stderr says so. grep, diff, test and
their like get `ok = [0, 1]`; --shell-rules writes `strict = false` instead.

Exit status: 0; 1 when the text is refused; 125 for wrong usage.
)",
    .options = kImportOptions,
    .operands = kImportOperands,
    .run = import_command,
};

namespace {

int import_command(const Given& given) {
    const std::string text = given.operand(0);
    const std::string script = given.value("--script");
    const std::string colour = given.value(kColourOption.name);
    shell::ImportOptions options;
    options.wrap = given.has("--wrap");
    options.shell_rules = given.has("--shell-rules");
    options.name = given.value("--name");
    if (script.empty() == text.empty()) {
        return usage_error(given.command(), script.empty()
                                                ? "the pipeline is missing"
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
        all += write_definition(each.definition, each.comments);
    }
    return print(all);
}

}  // namespace

}  // namespace pipectl
