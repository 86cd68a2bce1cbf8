// pipectl doctor: what this machine offers, and what is lost without it.

#include <algorithm>

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/traces/machine_check.hpp"
#include "stages/base/json.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr CommandHelp kDoctorHelp = {
    "doctor", "[OPTIONS]", "Show what this machine offers to runs, and what is lost without it.",
    "  pipectl doctor\n"
    "  pipectl doctor --format json | jq '.[] | select(.ok | not)'\n",
    "Exit status: 0, whatever is missing.\n"};

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

}  // namespace

int doctor_command(const std::vector<std::string>& words) {
    std::string format = "text";
    Arguments arguments(kDoctorHelp);
    arguments.choice("--format", format, {"text", "json"}, "text is for people");
    if (const auto status = arguments.parse(words)) {
        return *status;
    }
    const std::vector<MachineCheck> checks = check_machine();
    return print(format == "json" ? render_json(checks) : render_text(checks));
}

}  // namespace pipectl
