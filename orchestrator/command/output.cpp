#include "orchestrator/command/output.hpp"

#include <unistd.h>

#include <chrono>

#include "orchestrator/process/outlet.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

/// How long a reader of stderr may take nothing. A user who has stopped the terminal can end us
/// there; a program that holds a pipe and never reads it must not hold us up.
constexpr std::chrono::seconds kPatience{2};

}  // namespace

void print_error(std::string_view text) {
    if (::isatty(STDERR_FILENO) == 1) {
        write_all(STDERR_FILENO, text);
    } else {
        write_bounded(STDERR_FILENO, text, kPatience);
    }
}

int print(std::string_view text) {
    if (const int code = write_all(STDOUT_FILENO, text); code != 0) {
        return own_error("cannot write to stdout: " + errno_text(code));
    }
    return 0;
}

int own_error(const std::string& message) {
    write_bounded(STDERR_FILENO, "pipectl: " + printable(message) + "\n", kPatience);
    return kOwnError;
}

int usage_error(const Command& command, const std::string& message) {
    const std::string name(command.name);
    print_error("pipectl " + name + ": " + printable(message) + "\nusage: pipectl " + name + " " +
                std::string(command.usage) + "   (more: pipectl " + name + " --help)\n");
    return kOwnError;
}

}  // namespace pipectl
