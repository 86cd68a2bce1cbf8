// pipectl-helper tty: a program with a pseudo-terminal as its standard output.
//
//   tty [--join] [--counts INDEX] -- FILE WORDS...
//
// FILE is executed with WORDS as its argument vector. --join: stderr goes where stdout does.

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/own_status.hpp"
#include "stages/flow/ends.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/flow/pseudo_terminal.hpp"

namespace pipectl::helper {

namespace {

struct TerminalWish {
    bool join_stderr = false;
    std::optional<std::size_t> counts;
    std::vector<std::string> command;  ///< the file, then the argument vector
};

TerminalWish terminal_wish_of(const Arguments& arguments) {
    TerminalWish wish;
    std::size_t i = 0;
    for (; i < arguments.size() && arguments[i] != "--"; ++i) {
        if (arguments[i] == "--join") {
            wish.join_stderr = true;
        } else if (arguments[i] == "--counts" && i + 1 < arguments.size()) {
            wish.counts = job::number_of(arguments[++i], "index");
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

/// All but what is said of our descriptors.
std::vector<std::string> environment_of_program() {
    std::vector<std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        if (!text.starts_with("PIPECTL_COUNTS=")) environment.emplace_back(text);
    }
    return environment;
}

int status_for(int code) {
    if (code == ENOENT) return kNotFoundStatus;
    return code == EAGAIN || code == ENOMEM ? kOwnErrorStatus : kNotExecutableStatus;
}

}  // namespace

int tty(const Arguments& arguments) {
    TerminalWish wish = terminal_wish_of(arguments);
    std::vector<int> ignored;
    if (is_ignored(SIGCHLD)) ignored.push_back(SIGCHLD);
    std::vector<std::string> words(wish.command.begin() + 1, wish.command.end());
    const ReplicaCommand command(wish.command.front(), std::move(words), environment_of_program(),
                                 wish.join_stderr, std::move(ignored));
    PseudoTerminal terminal(wish.counts);
    try {
        terminal.start(command, wish.join_stderr);
    } catch (const SystemError& error) {
        (void)write_all(STDERR_FILENO, "pipectl: tty: " + std::string(error.what()) + "\n");
        return status_for(error.code());
    }
    return terminal.run();
}

}  // namespace pipectl::helper
