// pipectl-helper hold: takes units of semaphores and locks, and becomes a program that holds them.
//
//   hold [--tell FD] [--units SET:NUMBER:COUNT]... [--lock FILE | --lock-shared FILE]
//        [--lock-wait MILLISECONDS] -- FILE WORDS...
//
// FD is told when it has all of them, or why not; see stages/job/protocol.hpp. FILE is executed
// with WORDS as its argument vector.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/own_status.hpp"
#include "stages/base/script.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/job/protocol.hpp"
#include "stages/objects/hold.hpp"

namespace pipectl::helper {

namespace {

struct Wish {
    int tell = -1;
    std::vector<channel::Units> units;
    std::vector<channel::LockFile> locks;
    std::vector<std::string> command;  ///< the file, then the argument vector
};

channel::Units units_of(std::string_view text) {
    const std::size_t first = text.find(':');
    const std::size_t last = text.rfind(':');
    if (first == last) throw UsageError{"'" + std::string(text) + "' is not SET:NUMBER:COUNT"};
    const auto number = [](std::string_view part, const char* what) {
        return static_cast<int>(job::number_of(part, what));
    };
    return {number(text.substr(0, first), "set of semaphores"),
            number(text.substr(first + 1, last - first - 1), "semaphore"),
            number(text.substr(last + 1), "number of units")};
}

Wish wish_of(const Arguments& arguments) {
    Wish wish;
    std::size_t i = 0;
    for (; i + 1 < arguments.size() && arguments[i] != "--"; i += 2) {
        const std::string_view value = arguments[i + 1];
        if (arguments[i] == "--tell") {
            wish.tell = static_cast<int>(job::number_of(value, "descriptor"));
        } else if (arguments[i] == "--units") {
            wish.units.push_back(units_of(value));
        } else if (arguments[i] == "--lock" || arguments[i] == "--lock-shared") {
            wish.locks.push_back(
                {std::string(value), arguments[i] == "--lock-shared", std::nullopt});
        } else if (arguments[i] == "--lock-wait" && !wish.locks.empty()) {
            wish.locks.back().wait =
                std::chrono::milliseconds(job::number_of(value, "number of milliseconds"));
        } else {
            throw UsageError{"unknown option '" + std::string(arguments[i]) + "'"};
        }
    }
    for (++i; i < arguments.size(); ++i) {
        wish.command.emplace_back(arguments[i]);
    }
    if (wish.command.size() < 2) throw UsageError{"there is no command"};
    return wish;
}

void tell(int descriptor, int what) {
    if (descriptor < 0) return;
    const job::OutputComplete word{::getpid(), what};
    [[maybe_unused]] const auto ignored = ::write(descriptor, &word, sizeof word);
}

}  // namespace

int hold(const Arguments& arguments) {
    const Wish wish = wish_of(arguments);
    std::vector<Fd> locks;
    try {
        locks = channel::take_all(wish.units, wish.locks);
    } catch (const channel::LockHeld&) {
        tell(wish.tell, job::kLockIsHeld);
        return kOwnErrorStatus;
    } catch (const SystemError&) {
        tell(wish.tell, job::kCannotHold);
        throw;
    }
    channel::let_inherit(locks);
    std::vector<char*> words;
    for (std::size_t i = 1; i < wish.command.size(); ++i) {
        words.push_back(const_cast<char*>(wish.command[i].c_str()));
    }
    words.push_back(nullptr);
    if (wish.tell >= 0) ::fcntl(wish.tell, F_SETFD, FD_CLOEXEC);
    tell(wish.tell, job::kHasAll);
    ::signal(SIGXFSZ, SIG_DFL);
    ::execv(wish.command.front().c_str(), words.data());
    const int code = errno;
    if (code == ENOEXEC &&
        looks_like_script(read_small_file(wish.command.front()).substr(0, kScriptStart))) {
        words.insert(words.begin(), const_cast<char*>("sh"));
        words[1] = const_cast<char*>(wish.command.front().c_str());
        ::execv("/bin/sh", words.data());
    }
    const SystemError error("cannot execute '" + wish.command.front() + "'", code);
    (void)write_all(STDERR_FILENO, "pipectl: hold: " + std::string(error.what()) + "\n");
    return code == ENOENT ? kNotFoundStatus : kNotExecutableStatus;
}

}  // namespace pipectl::helper
