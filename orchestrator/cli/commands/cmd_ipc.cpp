// pipectl ipc: kernel objects of runs, those that a crash left behind, and everybody's.

#include <unistd.h>

#include <algorithm>

#include "orchestrator/cli/change_objects.hpp"
#include "orchestrator/cli/render_objects.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/process/user_name.hpp"
#include "orchestrator/text/width.hpp"
#include "orchestrator/traces/ipc_objects.hpp"
#include "orchestrator/traces/system_objects.hpp"
#include "stages/base/json.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"

namespace pipectl {

namespace {

using State = IpcObject::State;

constexpr CommandOption kIpcOptions[] = {
    {"--all", {}, "of ls: everybody's objects, as ipcs(1) shows them"},
    {"--dry-run", {}, "of clean and rm: say what would be removed, and leave it"},
    {"--force", {}, "of rm: also what another user, or a run that goes on, has"},
    {"--size", "SIZE", "of mk: bytes of sysv-shm (1 MiB), or of a message of mq (8 KiB)"},
    {"--count", "N", "of mk: units of a semaphore of sysv-sem (1), or messages of mq (10)"},
    {"--semaphores", "N", "of mk: how many semaphores sysv-sem has, each with these units (1)"},
    {"--format", "text|json", "of ls; text is for people"},
    json_option("the same; of clean and rm what was removed, of mk what was made"),
};

void complete_actions(Offers& candidates, const std::vector<std::string>& before);

constexpr CommandOperand kIpcOperands[] = {
    {"ls|clean|rm|mk", CommandOperand::Count::any, complete_actions}};

int ipc_command(const Given& given);

void complete_actions(Offers& candidates, const std::vector<std::string>& before) {
    if (before.empty()) {
        candidates.add_words("ls clean rm mk");
    } else if (before.front() == "mk" && before.size() == 1) {
        candidates.add_words("sysv-mq: sysv-shm: sysv-sem: mq:/");
    } else if (before.front() == "rm") {
        for (const SystemObject& object : find_system_objects().objects) {
            if (object.owner != ::geteuid()) continue;
            candidates.add(spec_of(object), std::string(name_of(object.kind)));
        }
    }
}

}  // namespace

extern constexpr Command kIpcCommand = {
    .name = "ipc",
    .takes = "ls|clean|rm|mk",
    .brief = "kernel objects of runs, what a crash left, and everybody's",
    .usage = "ls|clean|rm|mk [OPTIONS] [NAME...]",
    .summary =
        "List the kernel objects of runs, remove those that a crash left behind, or make some.",
    .examples = R"(
  pipectl ipc ls
  pipectl ipc clean --dry-run
  pipectl ipc clean
  pipectl ipc ls --all
  pipectl ipc mk sysv-mq:0x5121
  pipectl ipc mk sysv-sem:0x5122 --count 2
  pipectl ipc rm sysv-mq:0x5121 mq:/jobs
)",
    .help = R"(
A run removes what it made, whoever is killed; only when everything of pipectl is killed in the same
instant, or the machine fails, something can stay. 'clean' removes what is the caller's own, has a
name of pipectl's, and of which the kernel says that nobody uses it any more; nothing else.

'stray' is a run that goes on without any process of pipectl's: 'ls' lists what lives of it, and
'clean' (or 'pipectl stop') ends that first.

'ls --all' lists everybody's: System V queues, memory and semaphores, POSIX queues and semaphores,
files in /dev/shm. Names are those that 'rm' takes: sysv-mq:, sysv-shm: or sysv-sem: with a key
(0x5121 or decimal) or id=N, mq:/NAME, shm:/NAME, sem:/NAME; it takes an id, a key with its 0x or a
name with its slash alone as well, where that is but one object's, and a plain word for a semaphore
that 'hold' and 'scope = "user"' name so; 'ls' shows these, too. What belongs to another user is
refused, to root as well, and so is what a run that goes on has, without --force. 'mk' makes what is
not there yet, for this user alone (0600). 'rm' and 'mk' end with 1 when something could not be
done.
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

/// "--size belongs to mk"; empty when all options are the action's.
std::string misplaced_option(const Given& given, std::string_view action) {
    struct Place {
        std::string_view option;
        std::string_view actions;
    };
    constexpr Place kPlaces[] = {{"--all", "ls"},   {"--dry-run", "clean rm"},
                                 {"--force", "rm"}, {"--size", "mk"},
                                 {"--count", "mk"}, {"--semaphores", "mk"}};
    for (const Place& place : kPlaces) {
        if (given.has(place.option) && place.actions.find(action) == std::string_view::npos) {
            return std::string(place.option) + " does not belong to '" + std::string(action) + "'";
        }
    }
    return {};
}

int list_all(const Given& given) {
    const SystemObjects found = find_system_objects();
    if (!found.note.empty()) print_error("pipectl: " + found.note + "\n");
    return print(given.json() ? render_objects_json(found.objects)
                              : render_objects_text(found.objects));
}

int ipc_command(const Given& given) {
    if (given.operands().empty()) {
        return usage_error(given.command(), "'ls', 'clean', 'rm' or 'mk' is missing");
    }
    const std::string action = given.operand(0);
    const std::vector<std::string> known = {"ls", "clean", "rm", "mk"};
    if (std::ranges::find(known, action) == known.end()) {
        return usage_error(given.command(), "'" + action + "' is none of " + quoted_list(known) +
                                                did_you_mean(action, known));
    }
    if (const std::string wrong = misplaced_option(given, action); !wrong.empty()) {
        return usage_error(given.command(), wrong);
    }
    if (action == "rm") return remove_named_objects(given);
    if (action == "mk") return make_named_object(given);
    if (given.operands().size() > 1) {
        return usage_error(given.command(), "unexpected argument '" + given.operand(1) + "'");
    }
    if (given.has("--all")) return list_all(given);
    const std::vector<IpcObject> objects = find_ipc_objects();
    if (action == "clean") {
        return clean(objects, given);
    }
    return print(given.json() ? render_json(objects) : render_text(objects));
}

}  // namespace

}  // namespace pipectl
