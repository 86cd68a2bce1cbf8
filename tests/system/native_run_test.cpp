// Native stages in a run, over every channel, and by hand.

#include "stages/channel/kind.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/pattern.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

const std::vector<std::string> kNative = {"native = true"};

bool is_bridged(const std::string& name) {
    return channel::find_kind(name)->ends == channel::Ends::bridged;
}

}  // namespace

TEST_CASE("native stages move bytes over every channel, and no bridge stands between them") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = GENERATE(from_range(channels()));
    CAPTURE(channel);
    const RunResult result =
        run_pipectl(folder,
                    pipeline({"via = '" + channel + "'"}) +
                        misbehaving("w", {"native-write", "3000000"}, kNative) +
                        misbehaving("c", {"native-copy", "stdin", "stdout"}, kNative) +
                        misbehaving("s", {"native-sum"}, kNative),
                    {"--json", "record.json"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == to_line(pattern_sum(3000000)));
    const std::string record = folder.read("record.json");
    CHECK(record.find("\"send:") == std::string::npos);
    CHECK(record.find("\"receive:") == std::string::npos);
}

TEST_CASE("a native stage speaks to unmodified programs through one bridge") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = GENERATE(from_range(channels()));
    CAPTURE(channel);
    CHECK(run_pipectl(folder, pipeline({"via = '" + channel + "'"}) +
                                  misbehaving("w", {"native-write", "100000"}, kNative) +
                                  misbehaving("s", {"sum"}))
              .out == to_line(pattern_sum(100000)));
    CHECK(run_pipectl(folder, pipeline({"via = '" + channel + "'"}) +
                                  misbehaving("w", {"write", "100000"}) +
                                  misbehaving("s", {"native-sum"}, kNative))
              .out == to_line(pattern_sum(100000)));
}

TEST_CASE("an end that a native stage has said counts only when the stage has ended well",
          "[R24]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = GENERATE(from_range(channels()));
    CAPTURE(channel);
    for (const bool native_reader : {false, true}) {
        CAPTURE(native_reader);
        const RunResult result = run_pipectl(
            folder, pipeline({"via = '" + channel + "'"}) +
                        misbehaving("w", {"native-write", "1000", "3"}, kNative) +
                        misbehaving("s", {native_reader ? "native-sum" : "sum"},
                                    native_reader ? kNative : std::vector<std::string>()));
        CAPTURE(result);
        CHECK(result.status == exited(3));
        CHECK(result.out.empty());
    }
}

TEST_CASE("a native stage that ends without the end of its data fails the run") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = GENERATE(from_range(channels()));
    if (!is_bridged(channel)) return;
    CAPTURE(channel);
    const RunResult result =
        run_pipectl(folder, pipeline({"via = '" + channel + "'"}) +
                                misbehaving("w", {"native-unfinished"}, kNative) +
                                misbehaving("s", {"native-sum"}, kNative));
    CAPTURE(result);
    CHECK(result.status == exited(7));
    CHECK(result.out.empty());
    CHECK(result.err.find("before the end of data") != std::string::npos);
}

TEST_CASE("a native reader that leaves ends a native writer", "[R18]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = GENERATE(from_range(channels()));
    CAPTURE(channel);
    const RunResult result =
        run_pipectl(folder,
                    pipeline({"via = '" + channel + "'"}) +
                        misbehaving("w", {"native-write", "1000000000000"}, kNative) +
                        misbehaving("s", {"native-open", "stdin"}, kNative),
                    {"--json", "record.json"}, {.timeout = 20s});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(Record(folder.read("record.json")).verdict("w") == "cut");
}

TEST_CASE("records pass through native stages, and named ports are found by name") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder,
        stage("lines", {"seq", "1000"}) +
            misbehaving("c", {"native-copy", "left", "right-side"},
                        {"native = true",
                         "inputs = { left = { stage = 'lines', via = { channel = "
                         "'unix-seqpacket', records = 'line' } } }",
                         "outputs = ['right-side']", "stdin = { null = true }"}) +
            stage("tail", {"tail", "-n", "1"}, {"from = 'c.right-side'", "via = 'unix-dgram'"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "1000\n");
    CHECK(result.err == "1000 records\n");
}

TEST_CASE("a native stage is an ordinary filter when it is started by hand") {
    const LeakCheck check;
    const RunResult result =
        run({misbehave(), "native-copy", "stdin", "stdout"}, {.stdin_text = "abc\ndef\n"});
    CHECK(result.status == exited(0));
    CHECK(result.out == "abc\ndef\n");
    const RunResult wrong = run({misbehave(), "native-copy", "left", "stdout"});
    CHECK(wrong.status == exited(7));
    CHECK(wrong.err.find("there is no port 'left'") != std::string::npos);
}

TEST_CASE("the stages of use are native over every channel and say what came through") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string definition =
        "[[stage]]\nuse = 'fill'\nargs = ['${size}']\n[[stage]]\nuse = 'pass'\n"
        "[[stage]]\nuse = 'digest'\n[params]\nsize = '3MiB'\n";
    std::string first;
    for (const std::string& channel : channels()) {
        CAPTURE(channel);
        const RunResult result = run_pipectl(folder, definition, {"--via", channel});
        CAPTURE(result);
        CHECK(result.status == exited(0));
        CHECK(result.out.ends_with(" 3145728\n"));
        if (first.empty()) first = result.out;
        CHECK(result.out == first);
    }
    const RunResult counted =
        run_pipectl(folder,
                    "[[stage]]\nrun = ['seq', '1000']\n[[stage]]\nuse = 'count'\n"
                    "via = { channel = 'unix-seqpacket', records = 'line' }\n");
    CAPTURE(counted);
    CHECK(counted.out == "3893 1000 1000\n");
    CHECK(run_pipectl(folder, "[[stage]]\nuse = 'fill'\nargs = ['much']\n").status == exited(125));
}
