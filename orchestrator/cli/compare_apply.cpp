#include "orchestrator/cli/compare_apply.hpp"

#include "orchestrator/command/output.hpp"
#include "orchestrator/compare/apply.hpp"
#include "orchestrator/compare/candidates.hpp"
#include "orchestrator/parts/expand.hpp"
#include "orchestrator/report/wording.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

/// Whether `text` gives the plan of that channel on those edges, and nothing else has changed.
bool gives(const std::string& text, const Loaded& loaded, const PlanRequest& request,
           const compare::Table& table) {
    const compare::Row& row = table.rows[table.choice];
    const compare::Candidate candidate{channel::find_kind(row.channel), row.size};
    const PlanResult meant =
        make_plan(compare::with_channel(loaded.definition, table.stage, candidate), request);
    SourceText source{loaded.source.name, text};
    ParseResult parsed = parse_definition(source);
    const PartTexts parts = texts_of_parts(loaded.source);
    if (has_errors(parsed.diagnostics) ||
        !expand_parts(parsed.definition, source, parsed.diagnostics, &parts)) {
        return false;
    }
    const PlanResult planned = make_plan(parsed.definition, request);
    return !has_errors(planned.diagnostics) &&
           compare::gist_of(planned.plan) == compare::gist_of(meant.plan);
}

}  // namespace

int apply_choice(const Loaded& loaded, const PlanRequest& request, const compare::Table& table,
                 const std::string& colour, ReportFile& file) {
    const std::string name = "'" + printable(loaded.source.name) + "'";
    if (!table.worth_changing()) {
        print_error(name + " is left as it is: nothing is significantly faster\n");
        return 0;
    }
    const compare::Row& row = table.rows[table.choice];
    const std::string value = compare::via_value(row.channel, row.size);
    const compare::Edited edited =
        compare::set_channel(loaded.source.text, loaded.definition, table.stage, value);
    if (const auto* const problem = std::get_if<Diagnostic>(&edited)) {
        show_diagnostics(loaded.source, {*problem}, colour);
        return kOwnError;
    }
    const std::string& text = std::get<std::string>(edited);
    if (!gives(text, loaded, request, table)) {
        return own_error(name + " is left as it is: `via = " + value +
                         "` would not do there what was measured; a feed may have a `via` of its "
                         "own, or it is written in a way that --apply does not know");
    }
    if (text == loaded.source.text) {
        print_error(name + " has `via = " + value + "` already\n");
        return 0;
    }
    if (read_source(loaded.source.name).text != loaded.source.text) {
        return own_error(name + " has changed meanwhile and is left as it is");
    }
    file.write(text);
    print_error(name + " now has `via = " + value + "`\n");
    return 0;
}

}  // namespace pipectl
