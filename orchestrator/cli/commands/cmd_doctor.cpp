// pipectl doctor: what this machine offers, and what is lost without it.

#include <algorithm>
#include <utility>

#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/plan_options.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/hosts/company.hpp"
#include "orchestrator/plan/plan_wire.hpp"
#include "orchestrator/preflight/preflight.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "orchestrator/traces/machine_check.hpp"
#include "orchestrator/traces/run_folder.hpp"
#include "stages/base/json.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kDoctorOptions[] = {
    kFormatOption, kAsFormatOption, kSetOption, kHostsOption, kColourOption,
};

constexpr CommandOperand kDoctorOperands[] = {
    {"FILE", CommandOperand::Count::optional, complete_files}};

int doctor_command(const Given& given);

}  // namespace

extern constexpr Command kDoctorCommand = {
    .name = "doctor",
    .takes = "[FILE]",
    .brief = "what this machine offers, and what is lost without it",
    .usage = "[OPTIONS] [FILE]",
    .summary =
        "Show what this machine offers to runs, and what is lost without it; with a definition,\n"
        "whether its hosts answer.",
    .examples = R"(
  pipectl doctor
  pipectl doctor --format json | jq '.[] | select(.ok | not)'
  pipectl doctor score.toml --hosts site.toml
)",
    .help = R"(
With FILE everything is done that comes before the start of a run: programs, folders and files are
looked at, on each host by a node of its own, and the edges between hosts are connected. No stage
is started and no file is replaced.

Exit status: 0, whatever is missing on this machine; with FILE 1 when a run could not be started.
)",
    .options = kDoctorOptions,
    .operands = kDoctorOperands,
    .run = doctor_command,
};

namespace {

std::string render_text(const std::vector<MachineCheck>& checks) {
    std::size_t width = 0;
    for (const MachineCheck& check : checks) {
        width = std::max(width, check.name.size());
    }
    std::string text;
    for (const MachineCheck& check : checks) {
        std::string name(check.name);
        name.resize(width + 2, ' ');
        text += (check.ok ? "ok       " : "missing  ") + name + printable(check.says) + "\n";
    }
    return text;
}

std::string render_json(const std::vector<MachineCheck>& checks) {
    JsonWriter json(1);
    json.begin_array();
    for (const MachineCheck& check : checks) {
        json.begin_object()
            .member("name", check.name)
            .member("ok", check.ok)
            .member("says", check.says)
            .end_object();
    }
    json.end_array();
    return json.take() + "\n";
}

/// What a run of the definition would find. Returns what is wrong with it.
std::vector<Diagnostic> rehearse(const Plan& plan, std::vector<MachineCheck>& checks) {
    const Plan own = plan_for(plan, 0);
    const Preflight here = check_plan(own, own_environment());
    if (!here.ok()) return here.diagnostics();
    if (plan.hosts.empty()) return {};
    try {
        hosts::Company company(plan, make_run_id(), StageWords::untouched);
        company.rehearse();
        for (int host = 1; host < static_cast<int>(plan.hosts.size()); ++host) {
            checks.push_back({"host '" + plan.hosts[host].name + "'", true,
                              "answers, on " + company.machine_of(host)});
        }
        for (const std::string& note : company.notes()) {
            checks.push_back({"hosts", true, note});
        }
    } catch (const hosts::HostsRefused& refused) {
        std::vector<Diagnostic> wrong;
        for (const PreflightFailure& each : refused.failures()) {
            wrong.push_back(each.diagnostic);
        }
        return wrong;
    }
    return {};
}

int doctor_command(const Given& given) {
    std::vector<MachineCheck> checks = check_machine();
    bool good = true;
    if (!given.operands().empty()) {
        auto request = plan_request(given);
        if (!request) return kOwnError;
        Loaded loaded = load(given.operand(0), std::move(*request));
        if (loaded.ok()) {
            std::vector<Diagnostic> wrong = rehearse(loaded.plan, checks);
            good = wrong.empty();
            checks.push_back({"definition", good,
                              good ? "all that it needs is there" : "a run could not be started"});
            loaded.diagnostics.insert(loaded.diagnostics.end(), wrong.begin(), wrong.end());
        } else {
            good = false;
        }
        show_diagnostics(loaded.source, loaded.diagnostics, given.value(kColourOption.name));
    }
    const int printed = print(given.json() ? render_json(checks) : render_text(checks));
    return printed != 0 || good ? printed : 1;
}

}  // namespace

}  // namespace pipectl
