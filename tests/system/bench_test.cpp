// `pipectl bench` measures every channel that works here, and leaves nothing.

#include <csignal>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl::test;

TEST_CASE("every channel is measured, as a table and as JSON", "[alone]") {
    const LeakCheck check;
    std::string list;
    for (const std::string& name : channels()) {
        list += (list.empty() ? "" : ",") + name;
    }
    const RunResult table =
        run({PIPECTL_BINARY, "bench", "--channels", list, "--rounds", "1", "--time", "5ms"});
    CAPTURE(table);
    CHECK(table.status == exited(0));
    CHECK(table.err.empty());
    const RunResult json = run({PIPECTL_BINARY, "bench", "--channels", list, "--rounds", "1",
                                "--time", "5ms", "--format", "json"});
    CAPTURE(json);
    CHECK(json.status == exited(0));
    for (const std::string& name : channels()) {
        CAPTURE(name);
        CHECK(("\n" + table.out).find("\n" + name + " ") != std::string::npos);
        const std::size_t at = json.out.find("{\"channel\":\"" + name + "\",\"bytes_per_s\":");
        CHECK(at != std::string::npos);
    }
    CHECK(table.out.find("memcpy, one core") != std::string::npos);
}

TEST_CASE("bench leaves nothing when it is interrupted") {
    const LeakCheck check;
    for (const char* channel : {"sysv-mq", "sysv-shm", "fifo"}) {
        CAPTURE(channel);
        Child bench({PIPECTL_BINARY, "bench", "--channels", channel, "--time", "500ms"});
        const auto is_measuring = [&] { return children_of(bench.pid()).size() == 2; };
        REQUIRE(wait_until(is_measuring));
        bench.signal(SIGTERM);
        CHECK(bench.finish().status == killed_by(SIGTERM));
    }
}

TEST_CASE("what a bench that was killed has left is removed by ipc clean") {
    const LeakCheck check;
    for (const char* channel : {"sysv-mq", "sysv-shm"}) {
        CAPTURE(channel);
        Child bench({PIPECTL_BINARY, "bench", "--channels", channel, "--time", "100ms"});
        REQUIRE(wait_until([&] { return children_of(bench.pid()).size() == 2; }));
        bench.signal_group(SIGKILL);
        CHECK(bench.finish().status == killed_by(SIGKILL));
    }
    CHECK(pipectl_says({"ipc", "clean"}).status == exited(0));
}

TEST_CASE("bench says what it cannot measure") {
    const LeakCheck check;
    const RunResult unknown = run({PIPECTL_BINARY, "bench", "--channels", "pipe,smh"});
    CHECK(unknown.status == exited(125));
    CHECK(unknown.err.find("there is no channel 'smh'; did you mean 'shm'?") != std::string::npos);
    CHECK(run({PIPECTL_BINARY, "bench", "--rounds", "0"}).status == exited(125));
    CHECK(run({PIPECTL_BINARY, "bench", "--time", "soon"}).status == exited(125));
}
