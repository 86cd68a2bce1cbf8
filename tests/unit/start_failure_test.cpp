#include "orchestrator/preflight/start_failure.hpp"

#include <cerrno>

#include "tests/support/catch.hpp"

using namespace pipectl;  // NOLINT: a test of one library

TEST_CASE("a process that cannot be started is told in words that are not the kernel's") {
    for (const char* step : {"clone", "prepare", "watch"}) {
        CHECK(describe_start_failure({step, EMFILE}, "cat") ==
              "cannot start 'cat': Too many open files");
    }
    CHECK(describe_start_failure({"clone", EAGAIN}, "cat") ==
          "cannot start 'cat': Resource temporarily unavailable (too many processes: see "
          "'ulimit -u', and pids.max of the cgroup)");
    CHECK(describe_start_failure({"change folder", EACCES}, "cat") ==
          "cannot start 'cat': cannot change folder: Permission denied");
    CHECK(describe_start_failure({"execute", ENOEXEC}, "/opt/tool") ==
          "cannot execute '/opt/tool': Exec format error");
}

TEST_CASE("the status of a start that failed is the shell's for programs and our own else") {
    CHECK(status_of_start_failure({"execute", ENOENT}) == 127);
    CHECK(status_of_start_failure({"execute", EACCES}) == 126);
    CHECK(status_of_start_failure({"change folder", ENOENT}) == 125);
    CHECK(status_of_start_failure({"clone", EAGAIN}) == 125);
}
