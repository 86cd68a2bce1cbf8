#include "orchestrator/cli/change_objects.hpp"

#include <fcntl.h>
#include <mqueue.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <limits>
#include <set>

#include "orchestrator/cli/object_spec.hpp"
#include "orchestrator/cli/render_objects.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/process/user_name.hpp"
#include "orchestrator/traces/ipc_objects.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"
#include "stages/objects/sysv_object.hpp"

namespace pipectl {

namespace {

using ObjectKind = SystemObject::Kind;

constexpr const char* kSpecs =
    "sysv-mq:KEY, sysv-shm:KEY, sysv-sem:KEY (KEY such as 0x5121, or id=N), mq:/NAME, shm:/NAME, "
    "sem:/NAME";

/// As runs that go on have them: the name of sysv_name(), or a path.
std::set<std::string> names_of_live_runs() {
    std::set<std::string> names;
    for (const IpcObject& object : find_ipc_objects()) {
        if (object.state == IpcObject::State::live) names.insert(object.name);
    }
    return names;
}

std::string name_in_runs(const SystemObject& object) {
    using channel::SysvKind;
    switch (object.kind) {
        case ObjectKind::sysv_queue: return channel::sysv_name(SysvKind::queue, object.id);
        case ObjectKind::sysv_memory: return channel::sysv_name(SysvKind::segment, object.id);
        case ObjectKind::sysv_semaphores:
            return channel::sysv_name(SysvKind::semaphores, object.id);
        case ObjectKind::posix_queue: return "/dev/mqueue" + object.name;
        default: return "/dev/shm" + object.name;
    }
}

/// A POSIX queue where none can be listed. Nothing when it is not there; one that may not be asked
/// is nobody's we know.
std::optional<SystemObject> unlisted_queue(const std::string& name) {
    SystemObject queue;
    queue.kind = ObjectKind::posix_queue;
    queue.name = name;
    queue.owner = static_cast<uid_t>(-1);
    const Fd opened(::mq_open(name.c_str(), O_RDONLY | O_NONBLOCK));
    if (!opened && errno == ENOENT) return std::nullopt;
    struct stat status {};
    if (opened && ::fstat(opened.get(), &status) == 0) {
        queue.owner = status.st_uid;
        queue.mode = status.st_mode & 0777;
    }
    return queue;
}

class Removal {
  public:
    explicit Removal(const Given& given)
        : given_(given), found_(find_system_objects()), live_(names_of_live_runs()) {}

    int run() {
        json_.begin_array();
        for (std::size_t i = 1; i < given_.operands().size(); ++i) {
            const std::string text = given_.operand(i);
            remove(*object_spec(text), "'" + printable(text) + "'");
        }
        json_.end_array();
        return given_.json() ? std::max(status_, print(json_.take() + "\n")) : status_;
    }

  private:
    void fail(const std::string& message) {
        own_error(message);
        status_ = std::max(status_, 1);
    }

    void remove(const ObjectSpec& spec, const std::string& said) {
        const auto meant = objects_of(spec, found_.objects);
        if (meant.size() > 1) {
            std::vector<std::string> names;
            for (const SystemObject* const one : meant) {
                names.push_back(one->key != 0 && spec.id ? std::string(word_of(one->kind)) +
                                                               ":id=" + std::to_string(one->id)
                                                         : spec_of(*one));
            }
            fail("cannot remove " + said + ": it may be " + quoted_list(names));
        } else if (meant.size() == 1) {
            remove_one(*meant.front(), said);
        } else if (const auto queue = unlisted(spec)) {
            remove_one(*queue, said);
        } else {
            fail("cannot remove " + said +
                 ": it is not there ('pipectl ipc ls --all' lists what is)");
        }
    }

    [[nodiscard]] std::optional<SystemObject> unlisted(const ObjectSpec& spec) const {
        if (found_.note.empty() || spec.kind != ObjectKind::posix_queue) return std::nullopt;
        return unlisted_queue(spec.name);
    }

    void remove_one(const SystemObject& object, const std::string& said) {
        if (object.owner != ::geteuid() && !given_.has("--force")) {
            fail("cannot remove " + said + ": it belongs to user '" + user_name(object.owner) +
                 "'" + (::geteuid() == 0 ? " (--force removes it all the same)" : ""));
            return;
        }
        if (live_.contains(name_in_runs(object)) && !given_.has("--force")) {
            fail("cannot remove " + said +
                 ": a run that goes on has it ('pipectl stop' ends the run; --force removes it all "
                 "the same)");
            return;
        }
        const bool dry_run = given_.has("--dry-run");
        if (const int error = dry_run ? 0 : remove_system_object(object); error != 0) {
            fail("cannot remove " + said + ": " + errno_text(error));
            return;
        }
        write_system_object(json_, object);
        json_.member("removed", !dry_run).end_object();
        if (given_.json()) return;
        const bool lasts = !dry_run && object.attached.value_or(0) > 0;
        status_ = std::max(
            status_,
            print((dry_run ? "would remove " : "removed ") + std::string(name_of(object.kind)) +
                  " '" + printable(spec_of(object)) + "'" +
                  (lasts ? ": it goes when the last process has left it" : "") + "\n"));
    }

    const Given& given_;
    SystemObjects found_;
    std::set<std::string> live_;
    JsonWriter json_{1};
    int status_ = 0;
};

/// "it is user 'x''s", where it is known.
std::string who_has(const NewObject& wanted) {
    ObjectSpec spec;
    spec.kind = wanted.kind;
    spec.name = wanted.name;
    if (wanted.name.empty()) spec.key = wanted.key;
    const SystemObjects found = find_system_objects();
    const auto same = objects_of(spec, found.objects);
    const auto unlisted = same.empty() ? unlisted_queue(wanted.name) : std::nullopt;
    if (same.empty() && !unlisted) return "it is there already";
    const SystemObject& object = same.empty() ? *unlisted : *same.front();
    return "it is there already: user '" + user_name(object.owner) + "' has it" +
           (object.id < 0 ? "" : ", id " + std::to_string(object.id)) + ", for " +
           format_duration(object.age_s);
}

struct Wrong {
    std::string message;
};

std::uint64_t whole_option(const Given& given, const char* option) {
    const std::string text = given.value(option);
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    constexpr std::uint64_t kMost = 1U << 30;
    if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size() ||
        number > kMost) {
        throw Wrong{"'" + text + "' is no number for " + option};
    }
    return number;
}

NewObject wanted_object(const Given& given) {
    const std::string text = given.operand(1);
    const auto spec = object_spec(text);
    if (!spec || !spec->kind || spec->id || *spec->kind == ObjectKind::shared_memory ||
        *spec->kind == ObjectKind::posix_semaphore) {
        throw Wrong{"'" + text +
                    "' is nothing to make: sysv-mq:KEY, sysv-shm:KEY, sysv-sem:KEY "
                    "(KEY such as 0x5121), or mq:/NAME"};
    }
    NewObject wanted;
    wanted.kind = *spec->kind;
    wanted.key = spec->key.value_or(0);
    wanted.name = spec->name;
    const bool sized =
        wanted.kind == ObjectKind::sysv_memory || wanted.kind == ObjectKind::posix_queue;
    const bool counted =
        wanted.kind == ObjectKind::sysv_semaphores || wanted.kind == ObjectKind::posix_queue;
    if (given.has("--size")) {
        const auto size = parse_size(given.value("--size"));
        if (!sized) throw Wrong{"--size is of sysv-shm, and of messages of mq"};
        if (!size.ok()) throw Wrong{"--size: " + size.error()};
        if (size.value() == 0) throw Wrong{"--size must be 1 or more"};
        wanted.size = size.value();
    }
    if (given.has("--count")) {
        if (!counted) throw Wrong{"--count is of sysv-sem, and of messages of mq"};
        wanted.count = whole_option(given, "--count");
        if (wanted.count == 0) throw Wrong{"--count must be 1 or more"};
    }
    if (wanted.kind == ObjectKind::sysv_semaphores) {
        wanted.value = wanted.count == 0 ? 1
                                         : static_cast<int>(std::min<std::uint64_t>(
                                               wanted.count, std::numeric_limits<int>::max()));
        wanted.count = 1;
    }
    if (given.has("--semaphores")) {
        if (wanted.kind != ObjectKind::sysv_semaphores) throw Wrong{"--semaphores is of sysv-sem"};
        wanted.count = whole_option(given, "--semaphores");
        if (wanted.count == 0) throw Wrong{"--semaphores must be 1 or more"};
    }
    return wanted;
}

int report_made(const Given& given, const NewObject& wanted, int id) {
    ObjectSpec spec;
    spec.kind = wanted.kind;
    spec.name = wanted.name;
    if (wanted.name.empty()) spec.id = id;
    const SystemObjects found = find_system_objects();
    const auto made = objects_of(spec, found.objects);
    const SystemObject object =
        made.empty() ? unlisted_queue(wanted.name).value_or(SystemObject{}) : *made.front();
    if (!given.json()) {
        return print("made " + std::string(name_of(object.kind)) + " '" +
                     printable(spec_of(object)) + "'" +
                     (object.id < 0 ? "" : ", id " + std::to_string(object.id)) + "\n");
    }
    JsonWriter json(1);
    write_system_object(json, object);
    json.end_object();
    return print(json.take() + "\n");
}

}  // namespace

int remove_named_objects(const Given& given) {
    if (given.operands().size() < 2) {
        return usage_error(given.command(), std::string("rm needs a name: ") + kSpecs);
    }
    for (std::size_t i = 1; i < given.operands().size(); ++i) {
        if (object_spec(given.operand(i))) continue;
        return usage_error(given.command(), "'" + given.operand(i) + "' names no object: " +
                                                kSpecs + "; or an id, a key or a name alone");
    }
    return Removal(given).run();
}

int make_named_object(const Given& given) {
    if (given.operands().size() != 2) {
        return usage_error(given.command(),
                           given.operands().size() < 2
                               ? "mk needs a name, such as sysv-mq:0x5121 or mq:/jobs"
                               : "mk makes one object at a time");
    }
    try {
        const NewObject wanted = wanted_object(given);
        try {
            return report_made(given, wanted, make_system_object(wanted));
        } catch (const SystemError& error) {
            const std::string who = error.code() == EEXIST ? " (" + who_has(wanted) + ")" : "";
            own_error(error.what() + who);
            return 1;
        }
    } catch (const Wrong& wrong) {
        return usage_error(given.command(), wrong.message);
    }
}

}  // namespace pipectl
