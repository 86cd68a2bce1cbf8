// `pipectl channels` and `pipectl doctor`: what can be used here.

#include <sstream>

#include "stages/channel/kind.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl;
using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {}  // namespace

TEST_CASE("channels shows every kind with its options, and the kernel's limits") {
    const LeakCheck leaks;
    const RunResult text = pipectl_says({"channels"});
    const RunResult json = pipectl_says({"channels", "--format", "json"});
    CHECK(text.status == exited(0));
    CHECK(json.status == exited(0));
    for (const channel::Kind* kind : channel::kinds()) {
        const std::string name(kind->name);
        CHECK_THAT(text.out, ContainsSubstring("\n" + name + " "));
        CHECK_THAT(json.out, ContainsSubstring("{\"name\": \"" + name + "\", \"kernel_object\": "));
        for (const channel::Option& option : kind->options) {
            CHECK_THAT(text.out, ContainsSubstring("    " + std::string(option.name) + " "));
        }
    }
    for (const std::string limit :
         {"pipe-max-size", "pipe-user-pages-soft", "pipe-user-pages-hard", "msgmax", "msgmnb",
          "msgmni", "msg_max", "msgsize_max", "queues_max", "RLIMIT_MSGQUEUE", "shmmax", "shmall",
          "shmmni", "semmsl", "wmem_max", "rmem_max", "max_dgram_qlen", "free in /dev/shm"}) {
        CHECK_THAT(text.out, ContainsSubstring("\n  " + limit + " "));
        CHECK_THAT(json.out, ContainsSubstring("{\"name\": \"" + limit + "\", \"value\": "));
    }
}

TEST_CASE("doctor has a line for everything and ends well") {
    const LeakCheck leaks;
    const RunResult result = pipectl_says({"doctor"});
    CHECK(result.status == exited(0));
    CHECK_THAT(result.out, ContainsSubstring("ok       pipectl-helper"));
    CHECK_THAT(result.out, ContainsSubstring("ok       pipectl-net"));
    std::istringstream lines(result.out);
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        CAPTURE(line);
        CHECK((line.starts_with("ok       ") || line.starts_with("missing  ")));
    }
    CHECK(count > 10);
    CHECK(pipectl_says({"doctor", "--format", "json"}).status == exited(0));
}

TEST_CASE("doctor names what is lost where something is missing") {
    const LeakCheck leaks;
    RunOptions elsewhere;
    elsewhere.environment = {"XDG_RUNTIME_DIR", "TMPDIR=/nonexistent"};
    const RunResult result = run({PIPECTL_BINARY, "doctor"}, elsewhere);
    CHECK(result.status == exited(0));
    CHECK_THAT(result.out, ContainsSubstring("missing  XDG_RUNTIME_DIR"));
    CHECK_THAT(result.out, ContainsSubstring("missing  O_TMPFILE"));
}
