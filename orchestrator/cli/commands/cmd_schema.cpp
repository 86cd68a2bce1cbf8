// pipectl schema: the definition language for editors.

#include "orchestrator/command/command.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/draw/render_schema.hpp"

namespace pipectl {

namespace {

int schema_command(const Given& given);

}  // namespace

extern constexpr Command kSchemaCommand = {
    .name = "schema",
    .brief = "the definition language, for editors",
    .usage = "",
    .summary = "Print the definition language as a JSON Schema (draft-07), for editors.",
    .examples = R"(
  pipectl schema > pipectl.schema.json
  echo '#:schema pipectl.schema.json' > words.toml     for taplo and what uses it
)",
    .help = R"(
An editor that knows it completes keys and channels and marks errors; 'pipectl check' finds more.
)",
    .run = schema_command,
};

namespace {

int schema_command(const Given& /*given*/) {
    return print(render_schema());
}

}  // namespace

}  // namespace pipectl
