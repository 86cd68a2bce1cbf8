// pipectl schema: the definition language for editors.

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/draw/render_schema.hpp"

namespace pipectl {

namespace {

constexpr CommandHelp kSchemaHelp = {
    "schema", "", "Print the definition language as a JSON Schema (draft-07), for editors.",
    "  pipectl schema > pipectl.schema.json\n"
    "  echo '#:schema pipectl.schema.json' > words.toml     for taplo and what uses it\n",
    "An editor that knows it completes keys and channels and marks errors; 'pipectl check' finds "
    "more.\n"};

}  // namespace

int schema_command(const std::vector<std::string>& words) {
    Arguments arguments(kSchemaHelp);
    if (const auto status = arguments.parse(words)) {
        return *status;
    }
    return print(render_schema());
}

}  // namespace pipectl
