// The passes of planning, in order. Each is a file of its own and says what it finds wrong; links
// are made only for a definition in which nothing is.

#include "orchestrator/plan/make_plan.hpp"

#include <cstddef>
#include <utility>

#include "orchestrator/plan/cacheable.hpp"
#include "orchestrator/plan/channels.hpp"
#include "orchestrator/plan/cycles.hpp"
#include "orchestrator/plan/doubled_listens.hpp"
#include "orchestrator/plan/files.hpp"
#include "orchestrator/plan/holds.hpp"
#include "orchestrator/plan/hosts.hpp"
#include "orchestrator/plan/layout.hpp"
#include "orchestrator/plan/network.hpp"
#include "orchestrator/plan/notices.hpp"
#include "orchestrator/plan/order.hpp"
#include "orchestrator/plan/outside.hpp"
#include "orchestrator/plan/place_hosts.hpp"
#include "orchestrator/plan/regions.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "orchestrator/plan/replicas.hpp"
#include "orchestrator/plan/resolve.hpp"
#include "orchestrator/plan/room.hpp"
#include "orchestrator/plan/stage_process.hpp"
#include "orchestrator/plan/terminals.hpp"
#include "orchestrator/plan/trying.hpp"
#include "orchestrator/plan/wiring.hpp"
#include "stages/base/text.hpp"

namespace pipectl {
namespace {

void copy_settings(const Definition& definition, const PlanRequest& request, Plan& plan) {
    plan.name = definition.name;
    plan.description = definition.description;
    plan.source = request.source;
    plan.strict = definition.strict;
    plan.pipefail = definition.pipefail;
    plan.grace = definition.grace;
    plan.timeout = request.timeout ? request.timeout : definition.timeout;
    plan.retries = static_cast<int>(definition.retries.value);
    plan.retry_delay = definition.retry_delay;
    plan.lease = definition.lease;
    plan.start_timeout = definition.start_timeout;
    plan.last_stage = static_cast<int>(definition.stages.size()) - 1;
}

std::string shown_value(const ParameterValue& parameter) {
    if (parameter.secret) return "***";
    if (parameter.values.empty()) return parameter.value;
    std::string text;
    for (const std::string& value : parameter.values) {
        text += (text.empty() ? "" : " ") + quote_word(value);
    }
    return text;
}

/// The outputs of a stage that starts after others go where these may have made a folder; so do
/// those of a helper that writes on its behalf, and starts with it.
void mark_late_outputs(Plan& plan, const Network& network) {
    for (std::size_t i = 0; i < plan.processes.size(); ++i) {
        Process& process = plan.processes[i];
        const std::vector<Predecessor>& after =
            plan.processes[network.owner_of(static_cast<int>(i))].after;
        if (after.empty()) continue;
        for (const Descriptor& each : process.descriptors) {
            if (each.what != Descriptor::What::output_file) continue;
            plan.outputs[each.index].late = true;
            process.after = after;
        }
    }
}

}  // namespace

Secrets secrets_of(const Definition& definition, const PlanRequest& request) {
    Remarks ignored;
    return Resolver(definition, request, ignored).secrets();
}

PlanResult make_plan(const Definition& definition, const PlanRequest& request) {
    PlanResult result;
    Plan& plan = result.plan;
    Remarks remarks;
    copy_settings(definition, request, plan);

    const Resolver resolver(definition, request, remarks);
    plan.secrets = resolver.secrets();
    for (const ParameterValue& parameter : resolver.parameters()) {
        plan.params.emplace_back(parameter.name, shown_value(parameter));
    }
    for (const Stage& stage : definition.stages) {
        if (!stage.part) continue;
        remarks.error(stage.part->file.place, "a definition as a stage cannot be planned here",
                      "`pipectl run` and `pipectl plan` do",
                      stage.part->file.value.size() + kQuotes);
    }
    const Wiring wiring = wire(definition, remarks, request.allow_missing_parameters);
    const std::vector<Precedence> order = find_order(definition, remarks);
    refuse_cycles(definition, wiring, order, remarks);

    FileTable files(plan, resolver.folder(), remarks);
    const std::vector<int> hosts = find_hosts(definition, resolver, files, plan, remarks);
    check_hosts(definition, request, hosts, plan, remarks);
    std::vector<Channel> channels = choose_channels(definition, request, wiring, remarks);
    cross_hosts(channels, definition, wiring, hosts, plan, remarks);
    claim_paths(channels, wiring, files, remarks);
    claim_types(channels, wiring, remarks);

    add_regions(definition, resolver, files, hosts.empty() ? 0 : hosts.front(), plan);
    StageBuilder builder(definition, resolver, files, hosts, plan, remarks);
    plan.processes.reserve(definition.stages.size());
    for (std::size_t i = 0; i < definition.stages.size(); ++i) {
        plan.processes.push_back(builder.build(i, wiring));
        Process& process = plan.processes.back();
        process.keeps = request.keep.contains(process.name);
        process.cached = request.played.contains(process.name);
    }
    for (const Precedence& each : order) {
        plan.processes[each.stage].after.push_back({each.before, each.ended});
    }
    const std::vector<Contenders> contenders =
        plan_holds(definition, wiring, resolver, files, plan, remarks);
    add_notices(definition, plan, remarks);
    check_replicas(definition, request.allow_missing_parameters, remarks);
    check_terminals(definition, remarks);
    files.check_inputs();
    if (request.allow_missing_parameters) files.check_words();
    const std::vector<PlannedEndpoint> endpoints =
        find_endpoints(definition, resolver, files, hosts, remarks);
    refuse_doubled_listens(endpoints, remarks);

    check_restarts(definition, remarks);
    check_retries(definition, remarks);
    if (request.allow_missing_parameters) {
        note_gates(definition, wiring, remarks);
        note_limits(definition, remarks);
        note_caches(definition, wiring, plan, remarks);
    }
    if (!remarks.any_errors()) {
        Network network(plan);
        auto conduits = lay_out(definition, wiring, channels, plan, network, endpoints,
                                request.most_kept, remarks);
        place_hosts(conduits, plan, network);
        make_room(conduits, static_cast<int>(plan.processes.size()), contenders, network, remarks);
        realize(conduits, plan, network, {request.record, request.tap});
        if (request.record) record_outside(plan, network, request.record_stdin);
        const int delivery = plan.retries > 0 ? keep_stdout(plan, network) : -1;
        network.finish();
        if (delivery >= 0) deliver_last(delivery, plan);
        mark_late_outputs(plan, network);
    }
    result.diagnostics = remarks.take();
    return result;
}

}  // namespace pipectl
