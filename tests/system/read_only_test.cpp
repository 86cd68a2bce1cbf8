// A machine whose /tmp, and whose /var/tmp, can only be read.

#include <unistd.h>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;

namespace {

bool may_mount() {
    return ::geteuid() == 0 &&
           run({"unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"}).status == exited(0);
}

/// In a mount namespace of its own; the current folder stays what it is.
RunResult without_tmp(const TemporaryFolder& folder, const std::string& script) {
    RunOptions options;
    options.cwd = folder.path();
    options.environment = {"XDG_RUNTIME_DIR", "TMPDIR"};
    return run(
        {"unshare", "-m", "/bin/sh", "-c",
         "mount -t tmpfs -o ro none /tmp && mount -t tmpfs -o ro none /var/tmp && " + script},
        std::move(options));
}

}  // namespace

TEST_CASE("every channel works where /tmp and /var/tmp are read-only", "[read-only]") {
    if (!may_mount()) {
        WARN("SKIPPED: only root can mount a read-only /tmp");
        return;
    }
    const LeakCheck check;
    const TemporaryFolder folder;
    std::string script = "for kind in";
    std::string expected;
    for (const std::string& kind : channels()) {
        script += " " + kind;
        expected += kind + " 9 0\n";
    }
    script += std::string("; do printf '%s %s ' $kind $(") + PIPECTL_BINARY +
              " run --via $kind -c 'seq 9 | tail -n 1'); echo $?; done";
    const RunResult result = without_tmp(folder, script);
    CAPTURE(result);
    CHECK(result.out == expected);
    CHECK(result.err.empty());
}

TEST_CASE("doctor says where runs put their folders and files without a /tmp", "[read-only]") {
    if (!may_mount()) {
        WARN("SKIPPED: only root can mount a read-only /tmp");
        return;
    }
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string doctor = std::string(PIPECTL_BINARY) + " doctor";
    const RunResult result = without_tmp(folder, doctor);
    CAPTURE(result);
    using Catch::Matchers::ContainsSubstring;
    CHECK_THAT(result.out, ContainsSubstring("runs put their folders into /dev/shm"));
    CHECK_THAT(result.out, ContainsSubstring("spool files in /dev/shm, which is memory,"));
    const RunResult nowhere =
        without_tmp(folder, "mount -t tmpfs -o ro none /dev/shm && " + doctor + "; exec " +
                                PIPECTL_BINARY + " run --via file -c 'seq 9 | tail -n 1'");
    CAPTURE(nowhere);
    CHECK_THAT(nowhere.out, ContainsSubstring("runs cannot make a folder in /tmp either"));
    CHECK_THAT(nowhere.out, ContainsSubstring("no file can be made in /var/tmp (Read-only file"));
    CHECK_THAT(nowhere.err, ContainsSubstring("TMPDIR names another folder"));
    CHECK(nowhere.status == exited(125));
}
