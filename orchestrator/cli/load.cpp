#include "orchestrator/cli/load.hpp"

#include <utility>

#include "orchestrator/cli/plan_options.hpp"
#include "orchestrator/cli/shown_words.hpp"
#include "orchestrator/command/colour.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/parts/expand.hpp"
#include "orchestrator/parts/look_around.hpp"
#include "orchestrator/parts/site_hosts.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

Loaded load(const std::string& path, PlanRequest request) {
    return load_text(read_source(path), std::move(request));
}

Loaded load_text(SourceText source, PlanRequest request) {
    Loaded loaded;
    loaded.source = std::move(source);
    ParseResult parsed = parse_definition(loaded.source);
    loaded.diagnostics = std::move(parsed.diagnostics);
    loaded.readable = parsed.readable;
    loaded.definition = std::move(parsed.definition);
    bool whole = parsed.readable;
    if (!request.hosts_file.empty()) {
        whole = take_site_hosts(request.hosts_file, loaded.definition, loaded.source,
                                loaded.diagnostics) &&
                whole;
    }
    if (whole && expand_parts(loaded.definition, loaded.source, loaded.diagnostics)) {
        plan_loaded(loaded, std::move(request));
    }
    return loaded;
}

void plan_loaded(Loaded& loaded, PlanRequest request) {
    show_settings(loaded.definition.parameters);
    request.environment = own_environment();
    request.source = loaded.source.name;
    look_around(loaded.definition, request, loaded.diagnostics);
    if (loaded.definition.for_each) {
        loaded.items = find_items(loaded.definition, request, loaded.diagnostics);
        refuse_shared_files(loaded.definition, request, *loaded.items, loaded.diagnostics);
        if (loaded.items->count() > 0) request.item = loaded.items->at(0);
    }
    PlanResult planned = make_plan(loaded.definition, request);
    loaded.plan = std::move(planned.plan);
    loaded.source.secrets = loaded.plan.secrets;
    loaded.diagnostics.insert(loaded.diagnostics.end(),
                              std::make_move_iterator(planned.diagnostics.begin()),
                              std::make_move_iterator(planned.diagnostics.end()));
    loaded.request = std::move(request);
}

std::string items_note(const Items& items) {
    const std::size_t count = items.count();
    if (count == 0) return "once for each item, of which there is none now";
    return "once for each of " + std::to_string(count) + (count == 1 ? " item" : " items") +
           "; this is the first, " + items.label(0);
}

void show_diagnostics(const SourceText& source, const std::vector<Diagnostic>& diagnostics,
                      const std::string& colour) {
    if (!diagnostics.empty()) {
        print_error(render_diagnostics(source, diagnostics, use_colour(colour, STDERR_FILENO)));
    }
}

int with_plan(const Given& given, const std::function<int(const Plan&)>& go_on) {
    auto request = plan_request(given);
    if (!request) {
        return kOwnError;
    }
    request->allow_missing_parameters = true;
    const Loaded loaded = load(given.operand(0), std::move(*request));
    show_diagnostics(loaded.source, loaded.diagnostics, given.value(kColourOption.name));
    if (loaded.ok() && loaded.items) {
        print_error("pipectl: '" + printable(loaded.plan.name) + "': " + items_note(*loaded.items) +
                    "\n");
    }
    return loaded.ok() ? go_on(loaded.plan) : kOwnError;
}

}  // namespace pipectl
