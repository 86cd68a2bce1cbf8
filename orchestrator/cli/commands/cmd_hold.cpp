// pipectl hold: a command that holds a unit of a semaphore, or a lock, for as long as it runs.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/command/command.hpp"
#include "orchestrator/command/complete.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"
#include "stages/base/error.hpp"
#include "stages/base/own_status.hpp"
#include "stages/base/units.hpp"
#include "stages/kinds/endpoint_address.hpp"
#include "stages/objects/hold.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kHoldOptions[] = {
    {"--count", "N", "units of a semaphore that is not there yet (1); another count is refused"},
    {"--units", "N", "how many units to hold (1)"},
    {"--key", "K", "the semaphore with this key, such as 0x5121, in place of a name"},
    {"--lock", "FILE", "hold a lock on this file, flock(2)", complete_files},
    {"--shared", {}, "of --lock: with others that share it"},
    {"--wait", "DURATION", "of --lock: how long to wait for it"},
};

constexpr CommandOperand kHoldOperands[] = {{"COMMAND", CommandOperand::Count::one_or_more}};

int hold_command(const Given& given);

}  // namespace

extern constexpr Command kHoldCommand = {
    .name = "hold",
    .takes = "NAME -- COMMAND...",
    .brief = "a command that holds a semaphore or a lock",
    .usage = "[OPTIONS] [NAME] -- COMMAND [WORDS...]",
    .summary = "Run a command that holds units of a semaphore of this user's, or a lock, or both.",
    .examples = R"(
  pipectl hold gpu -- train model.bin
  pipectl hold --count 4 net -- curl -O https://example.org/file
  pipectl hold --key 0x5121 -- make
  pipectl hold --lock backup.lock --wait 30s -- ./backup
  find . -name '*.wav' | xargs -P 16 -I{} pipectl hold --count 2 disk -- flac {}
)",
    .help = R"(
The command is started when it can have all that is asked for, and holds nothing before. It becomes
this process, so its status, its signals and its descriptors are its own; the kernel gives back what
it held when it ends, however that is (SEM_UNDO, semop(2); flock(2)).

A semaphore is known by NAME to all runs and commands of this user, also as 'scope = "user"' in a
definition. It is made with N units when it is not there, is seen in 'ipcs -s' and 'pipectl ipc ls
--all', and stays until 'pipectl ipc rm' removes it. It is waited for without a bound; a lock only
as long as --wait says.

Exit status: the command's own; 125 when the lock is held or the semaphore is another one; 126 and
127 when the command cannot be executed or is not found.
)",
    .options = kHoldOptions,
    .operands = kHoldOperands,
    .run = hold_command,
};

namespace {

/// From 1 to `most`; nothing when it is none.
std::optional<int> number_of(const std::string& text, int most) {
    int number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    const bool good = error == std::errc() && stop == end && number >= 1 && number <= most;
    return good ? std::optional(number) : std::nullopt;
}

/// What stands before the command: a name, or nothing.
std::vector<std::string> take_names(const Given& given, std::vector<std::string>& command) {
    const auto& words = given.words();
    const auto dashes = std::find(words.begin(), words.end(), "--");
    std::size_t names = given.has("--key") || given.has("--lock") ? 0 : 1;
    if (dashes != words.end()) {
        names = command.size() - static_cast<std::size_t>(words.end() - dashes - 1);
    }
    names = std::min(names, command.size());
    std::vector<std::string> before(command.begin(), command.begin() + static_cast<long>(names));
    command.erase(command.begin(), command.begin() + static_cast<long>(names));
    return before;
}

struct Wish {
    std::optional<channel::UserSemaphore> semaphore;
    int units = 1;
    std::vector<channel::LockFile> locks;
};

/// Why it cannot be understood; empty: it is in `wish`.
std::string understand(const Given& given, const std::vector<std::string>& names, Wish& wish) {
    if (names.size() > 1) return "unexpected argument '" + names[1] + "' before '--'";
    if (!names.empty() && given.has("--key")) return "a name and --key: one of the two";
    if (!names.empty()) wish.semaphore = {names.front(), std::nullopt, std::nullopt};
    if (given.has("--key")) {
        const auto key = channel::queue_key(given.value("--key"));
        if (!key) return "--key must be a number such as 0x5121";
        wish.semaphore = {"", *key, std::nullopt};
    }
    for (const char* const option : {"--count", "--units"}) {
        if (!given.has(option)) continue;
        const auto number = number_of(given.value(option), channel::kMostUnits);
        if (!number) return std::string(option) + " must be a number from 1 to 32767";
        if (!wish.semaphore) return std::string(option) + " is of a semaphore, and none is named";
        if (std::string_view(option) == "--count") {
            wish.semaphore->count = *number;
        } else {
            wish.units = *number;
        }
    }
    if (wish.semaphore && wish.units > wish.semaphore->count.value_or(channel::kMostUnits)) {
        return "--units asks for more than --count";
    }
    if (given.has("--lock")) {
        channel::LockFile lock{given.value("--lock"), given.has("--shared"), std::nullopt};
        if (given.has("--wait")) {
            const auto wait = parse_duration(given.value("--wait"));
            if (!wait.ok()) return "--wait: " + wait.error();
            lock.wait = wait.value();
        }
        wish.locks.push_back(std::move(lock));
    } else if (given.has("--shared") || given.has("--wait")) {
        return "--shared and --wait are of --lock";
    }
    if (!wish.semaphore && wish.locks.empty()) return "NAME, --key or --lock is missing";
    return {};
}

int hold_command(const Given& given) {
    std::vector<std::string> command = given.operands();
    const std::vector<std::string> names = take_names(given, command);
    Wish wish;
    if (const std::string wrong = understand(given, names, wish); !wrong.empty()) {
        return usage_error(given.command(), wrong);
    }
    if (command.empty()) return usage_error(given.command(), "COMMAND is missing");
    std::vector<channel::Units> units;
    if (wish.semaphore) {
        units.push_back({channel::open_user_semaphore(*wish.semaphore), 0, wish.units});
    }
    const std::vector<Fd> locks = channel::take_all(units, wish.locks);
    channel::let_inherit(locks);
    ::signal(SIGXFSZ, SIG_DFL);
    std::vector<char*> words;
    for (std::string& word : command) {
        words.push_back(word.data());
    }
    words.push_back(nullptr);
    ::execvp(words.front(), words.data());
    const int code = errno;
    (void)own_error("cannot execute '" + command.front() + "': " + errno_text(code));
    return code == ENOENT ? kNotFoundStatus : kNotExecutableStatus;
}

}  // namespace

}  // namespace pipectl
