// Stages with `user`: what they get of their own, and what of their caller they must not reach.

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/users.hpp"

using namespace pipectl;
using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const char* const kAsNobody = "user = 'nobody'";

/// The program of misbehaviours where every user may execute it.
std::string misbehave_for_all(const TemporaryFolder& folder) {
    REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
    const std::string copy = folder.path("misbehave");
    std::filesystem::copy_file(misbehave(), copy);
    REQUIRE(::chmod(copy.c_str(), 0755) == 0);
    return copy;
}

}  // namespace

TEST_CASE("a stage of another user cannot type into the terminal that it shares",
          "[identity][S21]") {
    if (!is_root()) return;
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string program = misbehave_for_all(folder);
    Pty terminal;
    for (const bool other : {true, false}) {
        CAPTURE(other);
        folder.write("pipeline.toml", stage("type", {program, "type-into-terminal"},
                                            {"stdout = 'out'", other ? kAsNobody : "nice = 0"}));
        RunOptions options;
        options.cwd = folder.path();
        CHECK(terminal.start({PIPECTL_BINARY, "run", "pipeline.toml"}, options).wait() ==
              exited(0));
        const std::string out = folder.read("out");
        CAPTURE(out);
        CHECK(out.starts_with("TIOCSTI EPERM\nTIOCLINUX EPERM\n") == other);
        // where there is no 32-bit interface the line is missing
        CHECK((out.find("i386 0") == std::string::npos || !other));
    }
}

TEST_CASE("a stage of another user has that user's environment, and no more of the caller's",
          "[identity][S21]") {
    if (!is_root()) return;
    const LeakCheck leaks;
    const TemporaryFolder folder;
    RunOptions options;
    options.environment = {"SECRET_TOKEN=x", "LC_ALL=C", "HOME=/root", "PIPECTL_STAGE=outer"};
    const RunResult result = run_pipectl(
        folder, stage("env", {"env"}, {kAsNobody, "cwd = '/'", "env = { GIVEN = 'this' }"}), {},
        options);
    CAPTURE(result);
    CHECK(result.status == exited(0));
    const passwd* const user = ::getpwnam("nobody");
    REQUIRE(user != nullptr);
    const std::string out = "\n" + result.out;
    for (const std::string& line :
         {std::string("USER=nobody"), std::string("LOGNAME=nobody"), std::string("GIVEN=this"),
          std::string("LC_ALL=C"), std::string("PIPECTL_STAGE=env"),
          "HOME=" + std::string(user->pw_dir), "SHELL=" + std::string(user->pw_shell)}) {
        CHECK_THAT(out, ContainsSubstring("\n" + line + "\n"));
    }
    CHECK_THAT(out, ContainsSubstring("\nPATH="));
    CHECK(out.find("SECRET_TOKEN") == std::string::npos);
    CHECK(out.find("HOME=/root") == std::string::npos);
}

TEST_CASE("a stage of another user has its own descriptors and none of its caller's",
          "[identity][S21]") {
    if (!is_root()) return;
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string program = misbehave_for_all(folder);
    const Fd secret(::open("/etc/shadow", O_RDONLY | O_CLOEXEC));
    const RunResult result =
        run_pipectl(folder, stage("look", {program, "print-descriptors"}, {kAsNobody, "cwd = '/'"}),
                    {}, {.descriptors = {{3, secret.get()}, {77, secret.get()}}});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    std::string numbers;
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);)
        numbers += line.substr(0, line.find(' ')) + " ";
    CHECK(numbers == "0 1 2 ");
}

TEST_CASE("stages of other users open their ports by name", "[identity]") {
    if (!is_root()) return;
    const LeakCheck leaks;
    for (const std::string& kind : channels()) {
        CAPTURE(kind);
        const TemporaryFolder folder;
        const RunResult result = run_pipectl(
            folder, shell("make", "seq 1000 > ${out.numbers}",
                          {"outputs = ['numbers']", "user = 'daemon'", "stdin = { null = true }",
                           "cwd = '/'"}) +
                        shell("read", "tail -n 1 ${in.x}; tail -n 1 /dev/stdin",
                              {"inputs = { x = { stage = 'make', port = 'numbers', via = '" + kind +
                                   "' } }",
                               "from = 'other'", "cwd = '/'", kAsNobody}) +
                        stage("other", {"seq", "5"}, {"stdin = { null = true }"}));
        CAPTURE(result);
        CHECK(result.status == exited(0));
        CHECK(result.out == "1000\n5\n");
    }
}
