// `cache`: streams that are kept, and played when nothing that they depend on has changed.

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "stages/base/fd.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/files.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A folder for a definition, and one beside it for the cache.
struct CacheWorld {
    TemporaryFolder folder;
    TemporaryFolder cache;

    [[nodiscard]] RunOptions options() const {
        RunOptions options;
        options.environment = {"XDG_CACHE_HOME=" + cache.path()};
        return options;
    }
    [[nodiscard]] RunResult run(const std::string& definition,
                                const std::vector<std::string>& words = {"--summary"},
                                const std::vector<std::string>& variables = {}) const {
        RunOptions with = options();
        with.environment.insert(with.environment.end(), variables.begin(), variables.end());
        return run_pipectl(folder, definition, words, with);
    }
    /// How often a stage has noted that it ran, with `echo x >> NAME.ran`.
    [[nodiscard]] std::size_t runs(const std::string& name) const {
        return folder.has(name + ".ran") ? folder.read(name + ".ran").size() / 2 : 0;
    }
    [[nodiscard]] std::vector<std::string> streams() const {
        const std::string path = cache.path() + "/pipectl";
        return std::filesystem::exists(path) ? names_in(path) : std::vector<std::string>();
    }
    [[nodiscard]] std::string stream_path() const {
        return cache.path() + "/pipectl/" + streams().at(0);
    }
};

/// A stage that notes that it ran.
std::string noted(const std::string& name, const std::string& script,
                  const std::vector<std::string>& more = {}) {
    return shell(name, "echo x >> " + name + ".ran; " + script, more);
}

const std::vector<std::string> kWithCache = {"cache = true"};

/// a, whose output b sorts, and c that ends it; b is kept.
std::string kept_chain(const std::string& b = "sort -r") {
    return noted("a", "cat", {"stdin = 'in'"}) + noted("b", b, kWithCache) + noted("c", "cat -n");
}

}  // namespace

TEST_CASE("a kept stream is played, and what it read is not started") {
    const LeakCheck check;
    const CacheWorld world;
    world.folder.write("in", "1\n3\n2\n");
    const RunResult first = world.run(kept_chain());
    CAPTURE(first);
    REQUIRE(first.status == exited(0));
    CHECK_THAT(first.err, ContainsSubstring("kept: what 'b' wrote"));
    const RunResult second = world.run(kept_chain());
    CAPTURE(second);
    CHECK(second.status == exited(0));
    CHECK(second.out == first.out);
    CHECK(world.runs("a") == 1);
    CHECK(world.runs("b") == 1);
    CHECK(world.runs("c") == 2);
    CHECK_THAT(second.err, ContainsSubstring("cached: 'b' was not run"));
    CHECK_THAT(second.err, ContainsSubstring("skipped: 'a' was not started"));
    CHECK(mode_of(world.cache.path() + "/pipectl") == 0700);
    CHECK(mode_of(world.stream_path()) == 0600);
}

TEST_CASE("record and events say what the cache did") {
    const CacheWorld world;
    world.folder.write("in", "1\n3\n2\n");
    REQUIRE(world.run(kept_chain(), {"--json", "first.json"}).status == exited(0));
    CHECK_THAT(world.folder.read("first.json"), ContainsSubstring(R"("what": "kept", "bytes": 6)"));
    REQUIRE(world.run(kept_chain(), {"--json", "second.json", "--events", "events"}).status ==
            exited(0));
    const std::string record = world.folder.read("second.json");
    CAPTURE(record);
    CHECK_THAT(record, ContainsSubstring(R"({"stage": "a", "what": "skipped")"));
    CHECK_THAT(record, ContainsSubstring(R"({"stage": "b", "what": "cached", "bytes": 6)"));
    CHECK(Record(record).member("b", "cached") == "true");
    CHECK_THAT(world.folder.read("events"), ContainsSubstring(R"("event":"cache-used")"));
}

TEST_CASE("what a stage depends on runs it again") {
    const LeakCheck check;
    const CacheWorld world;
    world.folder.write("in", "1\n3\n2\n");
    world.folder.write("list", "3\n");
    world.folder.write("tool", "#!/bin/sh\ntac\n");
    const auto definition = [](const std::string& word, const std::string& value) {
        return noted("a", "cat", {"stdin = 'in'"}) +
               noted("b", "grep -v -f list | ./tool | cat " + word,
                     {"cache = true", "env = { V = '" + value + "' }"}) +
               stage("c", {"cat"});
    };
    REQUIRE(world.run(definition("-", "1")).status == exited(0));
    REQUIRE(world.run(definition("-", "1")).status == exited(0));
    REQUIRE(world.runs("b") == 1);
    std::string word = "-";
    std::string value = "1";
    std::vector<std::string> more;
    const std::vector<std::string> reasons = {"'in' is",
                                              "'list' is",
                                              "'./tool' is",
                                              "the command of 'b'",
                                              "variable 'V' of 'b'",
                                              "variable 'SOME_VARIABLE'",
                                              "'-' is"};
    const int what = GENERATE(range(0, 7));
    switch (what) {
        case 0: world.folder.write("in", "1\n3\n4\n"); break;
        case 1: world.folder.write("list", "2\n"); break;
        case 2: world.folder.write("tool", "#!/bin/sh\ncat\n"); break;
        case 3: word = "-u"; break;
        case 4: value = "2"; break;
        case 5: more = {"SOME_VARIABLE=1"}; break;
        default: world.folder.write("-", ""); break;  // a file where there was only a word
    }
    CAPTURE(what);
    const RunResult again = world.run(definition(word, value), {"--summary"}, more);
    CHECK(again.status == exited(0));
    CHECK_THAT(again.err,
               ContainsSubstring("it was run: " + reasons[static_cast<std::size_t>(what)]));
    CHECK(world.runs("b") == 2);
    CHECK(world.runs("a") == 2);
}

TEST_CASE("what a shell's text only writes to does not count") {
    const CacheWorld world;
    const std::string text =
        GENERATE("echo x >> b.ran; seq 3", "echo x >>\"b.ran\"; touch done; seq 3",
                 "f=b.ran; echo x >> $f; seq 3 2> err");
    const std::string definition = stage("b", {"sh", "-c", text}, kWithCache);
    for (int i = 0; i < 3; ++i) {
        REQUIRE(world.run(definition).out == "1\n2\n3\n");
    }
    CHECK(world.runs("b") == (text.starts_with("f=") ? 3 : 1));  // "f=b.ran" may be read
}

TEST_CASE("times of a file whose bytes are the same do not count") {
    const CacheWorld world;
    world.folder.write("in", "1\n");
    REQUIRE(world.run(kept_chain()).status == exited(0));
    world.folder.write("in", "2\n");
    world.folder.write("in", "1\n");
    REQUIRE(world.run(kept_chain()).status == exited(0));
    CHECK(world.runs("b") == 1);
}

TEST_CASE("streams of stages that failed, were cut or timed out are not kept") {
    const LeakCheck check;
    const CacheWorld world;
    world.folder.write("in", "1\n");
    SECTION("failed") {
        CHECK(world.run(kept_chain("cat; exit 3")).status == exited(3));
    }
    SECTION("timed out") {
        CHECK(world
                  .run(noted("b", "echo 1; sleep 60", {"cache = true", "timeout = '100ms'"}) +
                       stage("c", {"cat"}))
                  .status == exited(124));
    }
    SECTION("cut") {
        const RunResult result = world.run(stage("b", {"seq", "100000000"}, kWithCache) +
                                           stage("c", {"head", "-n", "1"}));
        CHECK(result.status == exited(0));
        CHECK_THAT(result.err, ContainsSubstring("not cached: 'b': its readers left"));
    }
    SECTION("a later stage failed: this one was whole") {
        CHECK(world.run(noted("b", "seq 10", kWithCache) + shell("c", "cat; exit 4")).status ==
              exited(4));
        CHECK(world.streams().size() == 1);
        return;
    }
    CHECK(world.streams().empty());
}

TEST_CASE("a stream from a pipe is not kept, and the summary says why") {
    const CacheWorld world;
    RunOptions options = world.options();
    pipectl::PipeEnds ends = pipectl::make_pipe();
    options.stdin_fd = ends.reader.get();
    REQUIRE(pipectl::write_all(ends.writer.get(), "x\n") == 0);
    ends.writer.reset();
    const RunResult result =
        run_pipectl(world.folder, stage("b", {"cat"}, kWithCache), {"--summary"}, options);
    CAPTURE(result);
    CHECK(result.out == "x\n");
    CHECK_THAT(result.err,
               ContainsSubstring("not cached: 'b': what it reads from pipectl's stdin"));
    CHECK(world.streams().empty());
}

TEST_CASE("pipectl's stdin counts where it is a file") {
    const CacheWorld world;
    const std::string definition = noted("b", "sort", kWithCache);
    for (const std::string text : {"2\n1\n", "2\n1\n", "4\n3\n"}) {
        RunOptions options = world.options();
        world.folder.write("in", text);
        const pipectl::Fd in(::open(world.folder.path("in").c_str(), O_RDONLY | O_CLOEXEC));
        options.stdin_fd = in.get();
        const RunResult result = run_pipectl(world.folder, definition, {}, options);
        CAPTURE(text, result);
        CHECK(result.out == (text[0] == '2' ? "1\n2\n" : "3\n4\n"));
    }
    CHECK(world.runs("b") == 2);
}

TEST_CASE("a stream that was changed is removed, and its stage runs again") {
    const CacheWorld world;
    world.folder.write("in", "1\n3\n2\n");
    const RunResult first = world.run(kept_chain());
    const std::string path = world.stream_path();
    const int how = GENERATE(range(0, 3));
    if (how == 0) {
        std::fstream(path, std::ios::in | std::ios::out).seekp(4097).write("9", 1);
    } else if (how == 1) {
        std::filesystem::resize_file(path, 4100);
    } else {
        std::ofstream(path) << "nonsense";
    }
    CAPTURE(how);
    for (int i = 0; i < 2; ++i) {
        const RunResult again = world.run(kept_chain());
        CAPTURE(again);
        CHECK(again.status == exited(0));
        CHECK(again.out == first.out);
        CHECK(world.runs("b") == 2);
    }
    CHECK(world.runs("b") == 2);
}

TEST_CASE("an input that changes during the run keeps nothing") {
    const CacheWorld world;
    world.folder.write("in", "1\n");
    const RunResult result = world.run(kept_chain("cat; echo 5 >> in"));
    CAPTURE(result);
    CHECK_THAT(result.err, ContainsSubstring("'in' has changed since the run began"));
    CHECK(world.streams().empty());
}

TEST_CASE("what somebody else needs is started all the same") {
    const CacheWorld world;
    world.folder.write("in", "1\n3\n2\n");
    const std::string definition =
        kept_chain() + noted("d", "wc -l", {"from = 'a'", "stdout = 'lines'"});
    REQUIRE(world.run(definition).status == exited(0));
    REQUIRE(world.run(definition).status == exited(0));
    CHECK(world.runs("a") == 2);
    CHECK(world.runs("b") == 1);
    CHECK(world.runs("d") == 2);
    // and where what it writes is for nobody any more, it is not pipectl's stdout
    const std::string log = noted("a", "echo 1; echo 2 >&2", {"stderr = 'log'"}) +
                            noted("b", "cat", kWithCache) + noted("c", "wc -l");
    REQUIRE(world.run(log).out == "1\n");
    CHECK(world.run(log).out == "1\n");
    CHECK(world.runs("b") == 2);
}

TEST_CASE("a last stage's stream goes where the stage would write") {
    const CacheWorld world;
    const std::string definition = noted("b", "seq 3", {"cache = true", "stdout = 'out'"});
    for (int i = 0; i < 2; ++i) {
        REQUIRE(world.run(definition).status == exited(0));
        CHECK(world.folder.read("out") == "1\n2\n3\n");
        world.folder.write("out", "");
    }
    CHECK(world.runs("b") == 1);
}

TEST_CASE("every kind of channel carries a kept stream") {
    const CacheWorld world;
    const std::string head =
        pipeline({"via = '" + std::string(GENERATE(from_range(channels()))) + "'"});
    const std::string definition =
        head + noted("b", "seq 100000", kWithCache) + stage("c", {"cksum"});
    const RunResult first = world.run(definition);
    const RunResult second = world.run(definition);
    CAPTURE(head, first, second);
    CHECK(second.status == exited(0));
    CHECK(first.out == second.out);
    CHECK(world.runs("b") == 1);
}

TEST_CASE("run --cached keeps all that can be kept") {
    const CacheWorld world;
    world.folder.write("in", "1\n3\n2\n");
    const std::string definition =
        noted("a", "cat", {"stdin = 'in'"}) + noted("b", "sort") + noted("c", "cat -n");
    REQUIRE(world.run(definition, {"--cached"}).status == exited(0));
    CHECK(world.streams().size() == 3);
    const RunResult second = world.run(definition, {"--cached"});
    CAPTURE(second);
    CHECK_THAT(second.out, ContainsSubstring("1\t1\n"));
    CHECK(world.runs("c") == 1);
    CHECK(world.run(definition).status == exited(0));  // without it nothing is
    CHECK(world.runs("c") == 2);
    CHECK_THAT(pipectl_says({"run", "--cached", "-c", "true"}).err,
               ContainsSubstring("--cached is"));
}

TEST_CASE("run --cached leaves alone what changes something, or is never the same") {
    const CacheWorld world;
    const std::string definition = stage("a", {"tee", "copy"}, {"stdin = { text = 'x' }"}) +
                                   stage("b", {"date"}, {"stdin = { null = true }"});
    CHECK(world.run(definition, {"--cached"}).status == exited(0));
    CHECK(world.streams().empty());
}

TEST_CASE("check says why a stage cannot be cached") {
    const CacheWorld world;
    const auto says = [&](const std::string& definition) {
        world.folder.write("pipeline.toml", definition);
        return pipectl_says({"check", "pipeline.toml"}, {.cwd = world.folder.path()}).err;
    };
    const auto one = [&](const std::string& key) {
        return says("[semaphores]\ngpu = 1\n" + stage("b", {"cat"}, {"cache = true", key}));
    };
    CHECK_THAT(one("needs = ['gpu']"),
               ContainsSubstring("stage 'b' cannot be cached: it needs units"));
    CHECK_THAT(one("detach = true"), ContainsSubstring("'b' cannot be cached"));
    CHECK_THAT(one("restart = 'always'"), ContainsSubstring("started again (`restart`)"));
    CHECK_THAT(one("ok = 'any'"), ContainsSubstring("'b' cannot be cached"));
    CHECK_THAT(one("stdout = { null = true }"), ContainsSubstring("goes nowhere"));
    CHECK_THAT(one("stderr = 'log'"), ContainsSubstring("stderr goes to a file"));
    CHECK_THAT(one("stdin = { fifo = 'f' }"), ContainsSubstring("it reads an endpoint"));
    CHECK_THAT(says(stage("b", {"date"}, kWithCache)),
               ContainsSubstring("'date' writes is something else"));
    CHECK(says(stage("b", {"sort"}, kWithCache)).empty());
}

TEST_CASE("the cache is no larger than it may be, and what was used last stays") {
    const CacheWorld world;
    const auto definition = [](const std::string& count) {
        return stage("b", {"seq", count}, {"cache = true", "stdout = 'out'"});
    };
    const std::vector<std::string> size = {"PIPECTL_CACHE_SIZE=20KiB"};
    for (const char* const count : {"10", "20", "30"}) {
        REQUIRE(world.run(definition(count), {}, size).status == exited(0));
    }
    CHECK(world.streams().size() == 3);
    REQUIRE(world.run(definition("10"), {}, size).status == exited(0));
    for (const char* const count : {"40", "50"}) {
        REQUIRE(world.run(definition(count), {}, size).status == exited(0));
    }
    CHECK(world.streams().size() == 4);
    CHECK_THAT(world.run(definition("10"), {"-s"}, size).err, ContainsSubstring("cached: 'b'"));
    CHECK_THAT(world.run(definition("20"), {"-s"}, size).err, ContainsSubstring("kept:"));
    CHECK_THAT(world.run(definition("99999"), {"-s"}, size).err,
               ContainsSubstring("more than the cache holds"));
    CHECK(world.run(definition("1"), {}, {"PIPECTL_CACHE_SIZE=much"}).status == exited(125));
}

TEST_CASE("cache ls and clean") {
    const CacheWorld world;
    REQUIRE(world.run(stage("b", {"seq", "10"}, kWithCache)).status == exited(0));
    RunOptions options = world.options();
    CHECK_THAT(pipectl_says({"cache", "ls"}, options).out,
               ContainsSubstring("pipeline: b\n1 stream"));
    CHECK_THAT(pipectl_says({"cache", "ls", "--json"}, options).out,
               ContainsSubstring("\"bytes\": 21"));
    CHECK_THAT(pipectl_says({"cache", "clean"}, options).out,
               ContainsSubstring("removed 1 stream"));
    CHECK(world.streams().empty());
    CHECK(pipectl_says({"cache", "dance"}, options).status == exited(125));
    ::chmod((world.cache.path() + "/pipectl").c_str(), 0755);
    CHECK_THAT(world.run(stage("b", {"seq", "10"}, kWithCache)).err,
               ContainsSubstring("open to others"));
    CHECK(world.streams().empty());
}

TEST_CASE("runs at the same time keep one stream, and one that is killed none") {
    const LeakCheck check;
    const CacheWorld world;
    // none ends before all have begun, so none can have found what another one kept
    const std::string definition =
        shell("b", "seq 1000; : > up.$$; until [ $(ls | grep -c '^up') = 4 ]; do sleep 0.01; done",
              kWithCache);
    world.folder.write("pipeline.toml", definition);
    RunOptions options = world.options();
    options.cwd = world.folder.path();
    std::vector<Child> runs;
    for (int i = 0; i < 4; ++i) {
        runs.emplace_back(std::vector<std::string>{PIPECTL_BINARY, "run", "pipeline.toml"},
                          options);
    }
    for (Child& one : runs) {
        CHECK(one.finish().status == exited(0));
    }
    CHECK(world.streams().size() == 1);
    Child killed = start_pipectl(
        world.folder, shell("b", "echo 1; sleep 60", kWithCache) + shell("c", "head -n 1; cat"), {},
        world.options());
    REQUIRE(killed.wait_for_out("1\n"));
    killed.signal(SIGKILL);
    (void)killed.finish();
    CHECK(world.streams().size() == 1);
}

TEST_CASE("random edits run again exactly what depends on them") {
    const CacheWorld world;
    std::mt19937 random(20261130);
    const auto pick = [&](int count) {
        return std::uniform_int_distribution(0, count - 1)(random);
    };
    // left and right are merged, and last reads that: an edit reaches what stands behind it
    const std::vector<std::string> names = {"left", "right", "both", "last"};
    const std::map<std::string, std::set<std::string>> behind = {
        {"left", {"left", "both", "last"}},
        {"right", {"right", "both", "last"}},
        {"both", {"both", "last"}},
        {"last", {"last"}}};
    std::map<std::string, int> words;
    std::map<std::string, int> variables;
    std::map<std::string, int> files;
    for (const std::string& name : names) {
        world.folder.write(name + ".sh", "#!/bin/sh\n: 0\nexec sort\n");
    }
    const auto definition = [&] {
        std::string text;
        for (const std::string& name : names) {
            world.folder.write(name + ".in", std::to_string(files[name]) + "\n");
            const std::string from =
                name == "left" || name == "right"
                    ? "stdin = '" + name + ".in'"
                    : "from = " + std::string(name == "both" ? "['left', 'right']" : "'both'");
            text += noted(
                name,
                "cat - " + name + ".in | ./" + name + ".sh; echo " + std::to_string(words[name]) +
                    " $V",
                {"cache = true", from, "env = { V = '" + std::to_string(variables[name]) + "' }"});
        }
        return text;
    };
    REQUIRE(world.run(definition()).status == exited(0));
    for (int round = 0; round < 12; ++round) {
        const std::string name = names[static_cast<std::size_t>(pick(4))];
        const int what = pick(4);
        if (what == 0) ++files[name];
        if (what == 1) ++words[name];
        if (what == 2) ++variables[name];
        if (what == 3) {
            world.folder.write(name + ".sh",
                               "#!/bin/sh\n: " + std::to_string(round + 1) + "\nexec sort\n");
        }
        std::map<std::string, std::size_t> before;
        for (const std::string& each : names)
            before[each] = world.runs(each);
        const RunResult with = world.run(definition());
        CAPTURE(round, name, what, with);
        REQUIRE(with.status == exited(0));
        for (const std::string& each : names) {
            CAPTURE(each);
            CHECK(world.runs(each) - before[each] == behind.at(name).count(each));
        }
        std::string fresh = definition();
        for (std::size_t at; (at = fresh.find("cache = true\n")) != std::string::npos;) {
            fresh.erase(at, 13);
        }
        CHECK(world.run(fresh).out == with.out);
    }
}
