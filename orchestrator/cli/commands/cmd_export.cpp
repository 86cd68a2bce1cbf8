// pipectl export: a definition as a POSIX shell script.

#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/plan_options.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/definition/write.hpp"
#include "orchestrator/export/embedded.hpp"
#include "orchestrator/export/export_script.hpp"
#include "orchestrator/files/report_file.hpp"
#include "orchestrator/parts/expand.hpp"
#include "orchestrator/parts/flatten.hpp"
#include "orchestrator/parts/look_around.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kExportOptions[] = {
    kSetOption,
    kColourOption,
    {"--output", "FILE", "write it there, executable, not to stdout", complete_files},
};

constexpr CommandOperand kExportOperands[] = {{"FILE", CommandOperand::Count::one, complete_files}};

int export_command(const Given& given);

}  // namespace

extern constexpr Command kExportCommand = {
    .name = "export",
    .takes = "FILE",
    .brief = "a definition as a POSIX shell script",
    .usage = "[OPTIONS] FILE",
    .summary = "Write a POSIX shell script that makes the same bytes. Starts nothing.",
    .examples = R"(
  pipectl export words.toml > words.sh
  pipectl export slow.toml --set minimum=800 --output slow.sh
  log=access.log ./slow.sh              parameters are variables
)",
    .help = R"(
What the shell cannot do is said on stderr, and in the script. FILE '-' is stdin. A secret
parameter is in no script: where its variable is not set, the script asks for it.
Exit status: 0, or 125 when the definition has errors or has no form in the shell.
)",
    .options = kExportOptions,
    .operands = kExportOperands,
    .run = export_command,
};

namespace {

int export_command(const Given& given) {
    auto request = plan_request(given);
    if (!request) {
        return kOwnError;
    }
    const std::string colour = given.value(kColourOption.name);
    SourceText source = read_source(given.operand(0));
    ParseResult parsed = parse_definition(source);
    request->environment = own_environment();
    request->source = source.name;
    // a script has no parts: their stages stand in their places
    const bool parts = uses_parts(parsed.definition);
    if (parts && expand_parts(parsed.definition, source, parsed.diagnostics)) {
        parsed.definition = flattened(parsed.definition);
    }
    look_around(parsed.definition, *request, parsed.diagnostics);
    source.secrets = secrets_of(parsed.definition, *request);
    if (has_errors(parsed.diagnostics)) {
        show_diagnostics(source, parsed.diagnostics, colour);
        return kOwnError;
    }
    ExportResult result = export_script(parsed.definition, std::move(*request));
    show_diagnostics(source, result.diagnostics, colour);
    if (has_errors(result.diagnostics)) {
        return kOwnError;
    }
    // with --set it would not be the definition that the script was made from
    if (!result.plain && !result.secret && !given.has("--set")) {
        const bool named = !parsed.definition.name.empty();
        const std::string text = parts ? write_definition(parsed.definition) : source.text;
        result.script +=
            embed_definition(result.script, named ? text : with_name(text, result.name));
    }
    const std::string output = given.value("--output");
    if (output.empty() || output == "-") {
        return print(result.script);
    }
    ReportFile(output, ReportFile::Sort::executable).write(result.script);
    return 0;
}

}  // namespace

}  // namespace pipectl
