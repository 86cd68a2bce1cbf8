// pipectl export: a definition as a POSIX shell script.

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/export/embedded.hpp"
#include "orchestrator/export/export_script.hpp"
#include "orchestrator/files/report_file.hpp"

namespace pipectl {

namespace {

constexpr CommandHelp kExportHelp = {
    "export", "[OPTIONS] FILE",
    "Write a POSIX shell script that makes the same bytes. Starts nothing.",
    "  pipectl export words.toml > words.sh\n"
    "  pipectl export slow.toml --set minimum=800 --output slow.sh\n"
    "  log=access.log ./slow.sh              parameters are variables\n",
    "What the shell cannot do is said on stderr, and in the script. FILE '-' is stdin. A secret\n"
    "parameter is in no script: where its variable is not set, the script asks for it.\n"
    "Exit status: 0, or 125 when the definition has errors or has no form in the shell.\n"};

}  // namespace

int export_command(const std::vector<std::string>& words) {
    PlanOptions options;
    std::string file;
    std::string output;
    Arguments arguments(kExportHelp);
    options.declare(arguments, false);
    arguments.option("--output", output, "FILE", "write it there, executable, not to stdout");
    arguments.file(file);
    if (const auto status = arguments.parse(words)) {
        return *status;
    }
    auto request = options.request(kExportHelp);
    if (!request) {
        return kOwnError;
    }
    SourceText source = read_source(file);
    const ParseResult parsed = parse_definition(source);
    request->environment = own_environment();
    request->source = source.name;
    source.secrets = secrets_of(parsed.definition, *request);
    if (has_errors(parsed.diagnostics)) {
        show_diagnostics(source, parsed.diagnostics, options.colour);
        return kOwnError;
    }
    ExportResult result = export_script(parsed.definition, std::move(*request));
    show_diagnostics(source, result.diagnostics, options.colour);
    if (has_errors(result.diagnostics)) {
        return kOwnError;
    }
    // with --set it would not be the definition that the script was made from
    if (!result.plain && !result.secret && options.set.empty()) {
        const bool named = !parsed.definition.name.empty();
        result.script += embed_definition(
            result.script, named ? source.text : with_name(source.text, result.name));
    }
    if (output.empty() || output == "-") {
        return print(result.script);
    }
    ReportFile(output, ReportFile::Sort::executable).write(result.script);
    return 0;
}

}  // namespace pipectl
