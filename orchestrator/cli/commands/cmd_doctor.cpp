// pipectl doctor: what this machine offers, and what is lost without it.

#include <algorithm>

#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/traces/machine_check.hpp"
#include "stages/base/json.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kDoctorOptions[] = {
    kFormatOption,
    kAsFormatOption,
};

int doctor_command(const Given& given);

}  // namespace

extern constexpr Command kDoctorCommand = {
    .name = "doctor",
    .brief = "what this machine offers, and what is lost without it",
    .usage = "[OPTIONS]",
    .summary = "Show what this machine offers to runs, and what is lost without it.",
    .examples = R"(
  pipectl doctor
  pipectl doctor --format json | jq '.[] | select(.ok | not)'
)",
    .help = R"(
Exit status: 0, whatever is missing.
)",
    .options = kDoctorOptions,
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

int doctor_command(const Given& given) {
    const std::vector<MachineCheck> checks = check_machine();
    return print(given.json() ? render_json(checks) : render_text(checks));
}

}  // namespace

}  // namespace pipectl
