// The tests' main. Catch's own signal handlers are left out: tests that study dispositions must see
// those that the program itself sets. Signals that whoever started the tests ignores (a build
// system, a shell's background job) are not ignored in them. What runs remember of themselves goes
// into a folder of the tests' own.

#define CATCH_CONFIG_NO_POSIX_SIGNALS
#define CATCH_CONFIG_RUNNER

#include <stdlib.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "tests/support/catch.hpp"

namespace {

class StateFolder {
  public:
    StateFolder() {
        if (::mkdtemp(path_.data()) == nullptr) std::abort();
        ::setenv("XDG_STATE_HOME", path_.c_str(), 1);
        ::unsetenv("PIPECTL_HISTORY");
    }
    ~StateFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    StateFolder(const StateFolder&) = delete;
    StateFolder& operator=(const StateFolder&) = delete;

  private:
    std::string path_ = "/tmp/pipectl-test-state.XXXXXX";
};

}  // namespace

int main(int argc, char** argv) {
    for (const int number : {SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGPIPE, SIGCHLD}) {
        std::signal(number, SIG_DFL);
    }
    const StateFolder state;
    return Catch::Session().run(argc, argv);
}
