// pipectl schema: the definition language for editors.

#include "orchestrator/command/command.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/definition/describe.hpp"
#include "orchestrator/draw/render_schema.hpp"

namespace pipectl {

namespace {

int schema_command(const Given& given);

constexpr CommandOption kSchemaOptions[] = {
    {.name = "--markdown", .help = "its tables for people, as Markdown"},
    {.name = "--man", .help = "the manual page pipectl.toml(5)"},
};

}  // namespace

extern constexpr Command kSchemaCommand = {
    .name = "schema",
    .brief = "the definition language, for editors",
    .usage = "[OPTIONS]",
    .summary = "Print the definition language as a JSON Schema (draft-07), for editors.",
    .examples = R"(
  pipectl schema > pipectl.schema.json
  echo '#:schema pipectl.schema.json' > words.toml     for taplo and what uses it
)",
    .help = R"(
An editor that knows it completes keys and channels and marks errors; 'pipectl check' finds more.
)",
    .options = kSchemaOptions,
    .run = schema_command,
};

namespace {

int schema_command(const Given& given) {
    const bool markdown = given.has("--markdown");
    const bool manual = given.has("--man");
    if (markdown && manual) {
        return usage_error(given.command(), "--markdown and --man exclude each other");
    }
    if (manual) return print(language_manual());
    if (!markdown) return print(render_schema());
    std::string all;
    for (const std::string& table : language_tables()) {
        all += (all.empty() ? "" : "\n") + table;
    }
    return print(all);
}

}  // namespace

}  // namespace pipectl
