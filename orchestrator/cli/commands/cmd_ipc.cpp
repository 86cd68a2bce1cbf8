// pipectl ipc: kernel objects of runs, and those that a crash left behind.

#include <unistd.h>

#include <algorithm>

#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/process/user_name.hpp"
#include "orchestrator/text/width.hpp"
#include "orchestrator/traces/ipc_objects.hpp"
#include "stages/base/json.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"

namespace pipectl {

namespace {

using State = IpcObject::State;

constexpr CommandOption kIpcOptions[] = {
    {"--dry-run", {}, "of clean: say what would be removed, and leave it"},
    {"--format", "text|json", "of ls; text is for people"},
    json_option("the same; and of clean, what was removed"),
};

void complete_actions(Offers& candidates, const std::vector<std::string>& before);

constexpr CommandOperand kIpcOperands[] = {
    {"ls|clean", CommandOperand::Count::optional, complete_actions}};

int ipc_command(const Given& given);

void complete_actions(Offers& candidates, const std::vector<std::string>& /*before*/) {
    candidates.add_words("ls clean");
}

}  // namespace

extern constexpr Command kIpcCommand = {
    .name = "ipc",
    .takes = "ls|clean",
    .brief = "kernel objects of runs, and what a crash left",
    .usage = "ls|clean [OPTIONS]",
    .summary = "List the kernel objects of runs, or remove those that a crash left behind.",
    .examples = R"(
  pipectl ipc ls
  pipectl ipc clean --dry-run
  pipectl ipc clean
)",
    .help = R"(
A run removes what it made, whoever is killed; only when everything of pipectl is killed in the same
instant, or the machine fails, something can stay. 'clean' removes what is the caller's own, has a
name of pipectl's, and of which the kernel says that nobody uses it any more; nothing else.

'stray' is a run that goes on without any process of pipectl's: 'ls' lists what lives of it, and
'clean' (or 'pipectl stop') ends that first.
)",
    .options = kIpcOptions,
    .operands = kIpcOperands,
    .run = ipc_command,
};

namespace {

std::string_view state_name(State state) {
    switch (state) {
        case State::live: return "live";
        case State::orphaned: return "orphaned";
        case State::stray: return "stray";
        case State::unknown: return "unknown";
    }
    return "";
}

std::string render_text(const std::vector<IpcObject>& objects) {
    constexpr std::size_t kKind = 15;  // "System V object"
    constexpr std::size_t kState = 8;
    constexpr std::size_t kOwner = 8;
    constexpr std::size_t kAge = 9;
    std::string text = cell("kind", kKind) + cell("state", kState) + cell("owner", kOwner) +
                       cell("age", kAge) + "name\n";
    for (const IpcObject& object : objects) {
        text += cell(name_of(object.kind), kKind) + cell(state_name(object.state), kState) +
                cell(user_name(object.owner), kOwner) + cell(format_duration(object.age_s), kAge) +
                printable(object.name) + "\n";
    }
    return text;
}

void write_object(JsonWriter& json, const IpcObject& object) {
    json.begin_object()
        .member("kind", name_of(object.kind))
        .member("state", state_name(object.state))
        .member("name", object.name)
        .key("run");
    object.run.empty() ? json.null() : json.value(object.run);
    json.member("owner", user_name(object.owner))
        .member("uid", object.owner)
        .member("age_s", object.age_s);
}

std::string render_json(const std::vector<IpcObject>& objects) {
    JsonWriter json(1);
    json.begin_array();
    for (const IpcObject& object : objects) {
        write_object(json, object);
        json.end_object();
    }
    json.end_array();
    return json.take() + "\n";
}

bool is_removable(const IpcObject& object) {
    return (object.state == State::orphaned || object.state == State::stray) &&
           object.owner == ::geteuid();
}

int clean(const std::vector<IpcObject>& objects, const Given& given) {
    const bool dry_run = given.has("--dry-run");
    int status = 0;
    JsonWriter json(1);
    json.begin_array();
    for (const IpcObject& object : objects) {
        if (!is_removable(object)) continue;
        const bool removed = !dry_run && remove_orphan(object);
        const std::string what =
            std::string(name_of(object.kind)) + " '" + printable(object.name) + "'\n";
        if (!removed && !dry_run) {
            print_error("pipectl: cannot remove " + what);
            status = kOwnError;
        } else if (!given.json()) {
            status = std::max(status, print((dry_run ? "would remove " : "removed ") + what));
        }
        write_object(json, object);
        json.member("removed", removed).end_object();
    }
    json.end_array();
    return given.json() ? std::max(status, print(json.take() + "\n")) : status;
}

int ipc_command(const Given& given) {
    if (given.operands().empty()) {
        return usage_error(given.command(), "'ls' or 'clean' is missing");
    }
    const std::string action = given.operand(0);
    if (action != "ls" && action != "clean") {
        const std::vector<std::string> known = {"ls", "clean"};
        return usage_error(given.command(), "'" + action + "' is neither 'ls' nor 'clean'" +
                                                did_you_mean(action, known));
    }
    const std::vector<IpcObject> objects = find_ipc_objects();
    if (action == "clean") {
        return clean(objects, given);
    }
    return print(given.json() ? render_json(objects) : render_text(objects));
}

}  // namespace

}  // namespace pipectl
