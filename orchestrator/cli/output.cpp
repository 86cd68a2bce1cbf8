// Text to stdout and stderr.

#include <unistd.h>

#include "orchestrator/cli/arguments.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

void print_error(std::string_view text) {
    write_all(STDERR_FILENO, text);
}

int print(std::string_view text) {
    if (const int code = write_all(STDOUT_FILENO, text); code != 0) {
        return own_error("cannot write to stdout: " + errno_text(code));
    }
    return 0;
}

int own_error(const std::string& message) {
    print_error("pipectl: " + printable(message) + "\n");
    return kOwnError;
}

int usage_error(const CommandHelp& help, const std::string& message) {
    const std::string name(help.name);
    print_error("pipectl " + name + ": " + printable(message) + "\nusage: pipectl " + name + " " +
                std::string(help.usage) + "   (more: pipectl " + name + " --help)\n");
    return kOwnError;
}

}  // namespace pipectl
