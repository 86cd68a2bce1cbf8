// The tests' main. Catch's own signal handlers are left out: tests that study dispositions must see
// those that the program itself sets. Signals that whoever started the tests ignores (a build
// system, a shell's background job) are not ignored in them.

#define CATCH_CONFIG_NO_POSIX_SIGNALS
#define CATCH_CONFIG_RUNNER

#include <csignal>

#include "tests/support/catch.hpp"

int main(int argc, char** argv) {
    for (const int number : {SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGPIPE, SIGCHLD}) {
        std::signal(number, SIG_DFL);
    }
    return Catch::Session().run(argc, argv);
}
