#include "orchestrator/command/colour.hpp"

#include <unistd.h>

#include <cstdlib>

namespace pipectl {

namespace {

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : std::string_view();
}

}  // namespace

TerminalSkills own_terminal_skills() {
    return skills_of(variable("TERM"), variable("TERM_PROGRAM"));
}

bool use_colour(std::string_view choice, int fd) {
    if (choice != "auto") {
        return choice == "always";
    }
    if (!variable("NO_COLOR").empty()) {
        return false;
    }
    const std::string_view force = variable("CLICOLOR_FORCE");
    if (!force.empty() && force != "0") {
        return true;
    }
    return ::isatty(fd) == 1 && variable("TERM") != "dumb" && !variable("TERM").empty();
}

}  // namespace pipectl
