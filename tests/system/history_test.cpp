// `pipectl history`: what runs leave in $XDG_STATE_HOME, and that it never gets in their way.

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl;
using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A history of the test's own.
class OwnHistory {
  public:
    OwnHistory() : place(folder.path("state/pipectl")) {}

    [[nodiscard]] RunOptions options(std::vector<std::string> more = {}) const {
        RunOptions result;
        result.environment = {"XDG_STATE_HOME=" + folder.path("state")};
        result.environment.insert(result.environment.end(), more.begin(), more.end());
        return result;
    }
    [[nodiscard]] RunResult run_one(const std::string& definition,
                                    const std::vector<std::string>& arguments = {},
                                    const std::vector<std::string>& environment = {}) const {
        return run_pipectl(work, definition, arguments, options(environment));
    }
    [[nodiscard]] RunResult history(const std::vector<std::string>& words = {}) const {
        std::vector<std::string> argv = {PIPECTL_BINARY, "history"};
        argv.insert(argv.end(), words.begin(), words.end());
        return run(argv, options());
    }

    TemporaryFolder folder;
    TemporaryFolder work;
    std::string place;  ///< the history's folder
};

std::string named(const std::string& name, const std::string& script = "exit 0") {
    return pipeline({"name = '" + name + "'"}) + shell("only", script);
}

int count(const std::string& text, const std::string& part) {
    int found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

mode_t permissions_of(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777 : 0;
}

}  // namespace

TEST_CASE("history lists the runs that have ended, the newest first", "[history]") {
    const LeakCheck leaks;
    const OwnHistory own;
    CHECK(own.run_one(named("older")).status == exited(0));
    CHECK(own.run_one(named("newer", "exit 3")).status == exited(3));
    const RunResult list = own.history();
    CHECK(list.status == exited(0));
    INFO(list.out);
    CHECK(list.out.find("newer") < list.out.find("older"));
    CHECK_THAT(list.out, ContainsSubstring("failed   3"));
    CHECK(count(own.history({"newer"}).out, "er ") == 1);
    CHECK(count(own.history({"--json"}).out, "\"run\"") == 2);
    CHECK(count(own.history({"--limit", "1"}).out, "older") == 0);
}

TEST_CASE("a run's record is kept as run --json writes it", "[history]") {
    const LeakCheck leaks;
    const OwnHistory own;
    const std::string said = named("kept", "echo its last words >&2");
    CHECK(own.run_one(said, {"--json", "record.json"}).status == exited(0));
    const std::string kept = own.history({"show", "last", "--json"}).out;
    CHECK(kept == own.work.read("record.json"));
    CHECK_THAT(kept, ContainsSubstring("\"stderr_tail\": [\"its last words\"]"));
    CHECK_THAT(own.history({"show", "kept"}).out, ContainsSubstring("the run  ok"));
}

TEST_CASE("runs are named by id, by pipeline and by how many lie in between", "[history]") {
    const LeakCheck leaks;
    const OwnHistory own;
    for (const char* status : {"1", "2", "3"}) {
        (void)own.run_one(named("three", std::string("exit ") + status));
    }
    const Record before(own.history({"show", "three~1", "--json"}).out);
    CHECK(before.member("only", "exit") == "2");
    const std::string key = "\"run\": \"";
    const std::string id = before.text().substr(before.text().find(key) + key.size(), 12);
    CHECK(own.history({"show", id, "--json"}).out == before.text());
    CHECK_THAT(own.history({"show", "thre"}).err, ContainsSubstring("did you mean 'three'?"));
    CHECK_THAT(own.history({"show", "three~3"}).err, ContainsSubstring("only 3 runs"));
    CHECK_THAT(own.history({"show", "last~x"}).err, ContainsSubstring("names no run"));
    CHECK(own.history({"rm", id}).status == exited(0));
    CHECK(own.history({"show", id}).status == exited(125));
}

TEST_CASE("diff shows two runs side by side and who took longer", "[history]") {
    const LeakCheck leaks;
    const OwnHistory own;
    const std::string stages = "[[stage]]\nname = 'read'\nrun = ['true']\n";
    (void)own.run_one(stages + shell("work", ":"));
    (void)own.run_one(stages + shell("work", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"));
    const RunResult diff = own.history({"diff", "last~1", "last"});
    CHECK(diff.status == exited(0));
    CHECK_THAT(diff.out, ContainsSubstring("The second took"));
    CHECK_THAT(diff.out, ContainsSubstring("'work' took"));
    CHECK(own.history({"diff", "last"}).status == exited(125));
}

TEST_CASE("the history is the user's alone and has no secrets", "[history][R48][S15]") {
    const LeakCheck leaks;
    const OwnHistory own;
    const std::string definition =
        "[params]\nkey = { help = 'a key', required = true, secret = true }\n" +
        stage("only", {"true", "${key}"});
    CHECK(own.run_one(definition, {"--set", "key=opensesame"}).status == exited(0));
    CHECK(own.history().status == exited(0));
    CHECK(own.run_one(definition, {"--set", "key=opensesame"}).status == exited(0));
    CHECK(permissions_of(own.place) == 0700);
    CHECK(permissions_of(own.place + "/spool") == 0600);
    CHECK(permissions_of(own.place + "/history.db") == 0600);
    CHECK(own.folder.read("state/pipectl/spool").find("opensesame") == std::string::npos);
    CHECK(own.folder.read("state/pipectl/history.db").find("opensesame") == std::string::npos);
}

TEST_CASE("PIPECTL_HISTORY=off leaves no trace", "[history]") {
    const LeakCheck leaks;
    const OwnHistory own;
    CHECK(own.run_one(named("off"), {}, {"PIPECTL_HISTORY=off"}).status == exited(0));
    CHECK_FALSE(std::filesystem::exists(own.place));
    CHECK_THAT(own.history().err, ContainsSubstring("nothing is remembered yet"));
}

TEST_CASE("a run is the same where its history cannot be written", "[history]") {
    const LeakCheck leaks;
    const OwnHistory own;
    RunOptions options = own.options();
    SECTION("a file is in the way") {
        (void)own.folder.write("state", "no folder");
    }
    SECTION("the spool is a folder") {
        std::filesystem::create_directories(own.place + "/spool");
    }
    SECTION("no room") {
        options.limits = {{RLIMIT_FSIZE, 16}};
    }
    SECTION("no home") {
        options.environment = {"XDG_STATE_HOME", "HOME"};
    }
    SECTION("a FIFO that nobody reads") {
        std::filesystem::create_directories(own.place);
        REQUIRE(::mkfifo((own.place + "/spool").c_str(), 0600) == 0);
    }
    const RunResult result = run_pipectl(own.work, named("same", "echo out"), {}, options);
    CHECK(result.status == exited(0));
    CHECK(result.out == "out\n");
    CHECK(result.err.empty());
}

TEST_CASE("a run that was written half is passed over", "[history]") {
    const LeakCheck leaks;
    const OwnHistory own;
    (void)own.run_one(named("first"));
    std::filesystem::resize_file(own.place + "/spool",
                                 std::filesystem::file_size(own.place + "/spool") - 40);
    (void)own.run_one(named("second"));
    const RunResult list = own.history();
    CHECK(list.status == exited(0));
    CHECK(count(list.out, "first") == 0);
    CHECK(count(list.out, "second") == 1);
}

TEST_CASE("a damaged database is put aside and a new one begun", "[history]") {
    const LeakCheck leaks;
    const OwnHistory own;
    (void)own.run_one(named("before"));
    REQUIRE(own.history().status == exited(0));
    (void)own.folder.write("state/pipectl/history.db", std::string(5000, 'x'));
    (void)own.run_one(named("after"));
    const RunResult list = own.history();
    CHECK(list.status == exited(0));
    CHECK(count(list.out, "after") == 1);
    CHECK(std::filesystem::exists(own.place + "/history.db.damaged"));
    CHECK(own.history({"rm", "--all"}).status == exited(0));
    CHECK(count(own.history().out, "after") == 0);
}

TEST_CASE("the history can be read where nothing can be written", "[history]") {
    const LeakCheck leaks;
    const OwnHistory own;
    (void)own.run_one(named("there"));
    REQUIRE(own.history().status == exited(0));
    ::chmod((own.place + "/history.db").c_str(), 0400);
    ::chmod(own.place.c_str(), 0500);
    RunOptions options = own.options();
    CHECK(count(run({PIPECTL_BINARY, "history"}, options).out, "there") == 1);
    ::chmod(own.place.c_str(), 0700);
}

TEST_CASE("runs that end at the same time and readers lose nothing", "[history]") {
    const LeakCheck leaks;
    const OwnHistory own;
    constexpr int kAtOnce = 4;
    constexpr int kRounds = 5;
    const std::string path = own.work.write("many.toml", named("many"));
    for (int round = 0; round < kRounds; ++round) {
        std::vector<Child> runs;
        for (int i = 0; i < kAtOnce; ++i) {
            runs.emplace_back(std::vector<std::string>{PIPECTL_BINARY, "run", path}, own.options());
        }
        CHECK(own.history().status == exited(0));
        for (Child& one : runs) {
            CHECK(one.finish().status == exited(0));
        }
    }
    CHECK(count(own.history({"--json", "--limit", "0"}).out, "\"run\"") == kAtOnce * kRounds);
}

TEST_CASE("a run goes on without a record when the spool is locked by one that was stopped",
          "[history]") {
    const LeakCheck check;
    const OwnHistory own;
    REQUIRE(own.run_one(named("first")).status == exited(0));
    const Fd spool(::open((own.place + "/spool").c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(spool);
    REQUIRE(::flock(spool.get(), LOCK_EX) == 0);
    CHECK(own.run_one(named("second")).status == exited(0));
    REQUIRE(::flock(spool.get(), LOCK_UN) == 0);
    REQUIRE(own.run_one(named("third")).status == exited(0));
    const RunResult listed = own.history();
    CHECK_THAT(listed.out, ContainsSubstring("first"));
    CHECK_THAT(listed.out, !ContainsSubstring("second"));
    CHECK_THAT(listed.out, ContainsSubstring("third"));
}

TEST_CASE("the spool is bounded when nobody reads it", "[history]") {
    const LeakCheck leaks;
    const OwnHistory own;
    (void)own.run_one(named("first"));
    constexpr std::size_t kFull = 8 << 20;
    std::filesystem::resize_file(own.place + "/spool", kFull);
    (void)own.run_one(named("second"));
    CHECK_FALSE(std::filesystem::exists(own.place + "/spool"));
    CHECK(std::filesystem::exists(own.place + "/spool.older"));
    (void)own.run_one(named("third"));
    const RunResult list = own.history();
    INFO(list.out);
    CHECK(count(list.out, "second") == 1);
    CHECK(count(list.out, "third") == 1);
    CHECK_FALSE(std::filesystem::exists(own.place + "/spool.older"));
}

TEST_CASE("at most 200 runs of a definition are kept", "[history]") {
    const LeakCheck leaks;
    const OwnHistory own;
    (void)own.run_one(named("often"));
    const std::string entry = own.folder.read("state/pipectl/spool");
    const std::string key = "\"run\": \"";
    const std::size_t at = entry.find(key) + key.size();
    std::string spool;
    for (int i = 0; i < 250; ++i) {
        std::string copy = entry;
        const std::string number = std::to_string(1000 + i);
        copy.replace(at, number.size(), number);
        spool += copy;
    }
    (void)own.folder.write("state/pipectl/spool", spool);
    const std::string list = own.history({"--json", "--limit", "0"}).out;
    CHECK(count(list, "\"run\"") == 200);
    CHECK(count(list, "\"run\": \"1249") == 1);
    CHECK(count(list, "\"run\": \"1000") == 0);
}

TEST_CASE("a long run that was much slower than its median is told so", "[history][alone]") {
    const LeakCheck leaks;
    const OwnHistory own;
    const std::string definition =
        stage("read", {"true"}) + shell("sleeper", "if [ -e slow ]; then sleep 1.05; fi");
    for (int i = 0; i < 5; ++i) {
        CHECK(own.run_one(definition).status == exited(0));
    }
    (void)own.work.write("slow", "");
    const RunResult slow = own.run_one(definition, {"--summary"});
    CHECK_THAT(slow.err, ContainsSubstring("slower than the median of 5 earlier runs"));
    const RunResult quiet = own.run_one(definition);
    CHECK(quiet.err.empty());
    const RunResult shown = own.history({"show", "last~1"});
    INFO(shown.err);
    CHECK_THAT(shown.out, ContainsSubstring("slower than the median"));
}

TEST_CASE("what stands where the spool should be is left alone and said", "[history][S4]") {
    const LeakCheck leaks;
    const OwnHistory own;
    std::filesystem::create_directories(own.place);
    for (const std::string name : {"spool", "spool.older", "spool.taken"}) {
        for (const bool fifo : {false, true}) {
            const std::string path = own.place + "/" + name;
            INFO(path << " fifo " << fifo);
            REQUIRE((fifo ? ::mkfifo(path.c_str(), 0600) : ::mkdir(path.c_str(), 0700)) == 0);
            CHECK(own.run_one(named("blocked")).status == exited(0));
            const RunResult list = own.history();
            CHECK(list.status == exited(0));
            CHECK_THAT(list.err, ContainsSubstring("'" + path + "' is no file"));
            CHECK(std::filesystem::remove(path));
        }
    }
    CHECK(own.run_one(named("free")).status == exited(0));
    CHECK_THAT(own.history().out, ContainsSubstring("free"));
}

TEST_CASE("only runs with the same parameters are compared, and diff says what differs",
          "[history]") {
    const LeakCheck leaks;
    const OwnHistory own;
    const std::string text = "[params]\nn = 5\n[pipeline]\nname = 'counts'\n" +
                             stage("count", {"sh", "-c", "seq \"$N\""},
                                   {"env = { N = '${n}' }", "stdout = { null = true }"});
    CHECK(own.run_one(text).status == exited(0));
    CHECK(own.run_one(text, {"--set", "n=7"}).status == exited(0));
    CHECK_THAT(own.history({"--json"}).out, !ContainsSubstring("\"earlier_runs\": 1"));
    CHECK(own.run_one(text).status == exited(0));
    CHECK_THAT(own.history({"--json", "--limit", "1"}).out,
               ContainsSubstring("\"earlier_runs\": 1"));
    const std::string diff = own.history({"diff", "last~1", "last"}).out;
    CHECK_THAT(diff, ContainsSubstring("parameter 'n':\n    1: 7\n    2: 5\n"));
    CHECK(diff.find("parameter 'n'") < diff.find("verdict 1"));
    const std::string json = own.history({"diff", "last~1", "last", "--json"}).out;
    CHECK_THAT(json, ContainsSubstring("\"what\": \"parameter\", \"name\": \"n\", \"left\": "
                                       "\"7\", \"right\": \"5\""));
}

TEST_CASE("root leaves nothing in another user's home, not even through a link", "[history][S20]") {
    if (::geteuid() != 0) {
        SUCCEED("SKIPPED: needs root to be two users");
        return;
    }
    const LeakCheck leaks;
    const OwnHistory own;
    constexpr uid_t kOther = 65534;
    const std::string home = own.folder.path("home");
    std::filesystem::create_directory(home);
    REQUIRE(::chown(home.c_str(), kOther, kOther) == 0);
    const auto run_there = [&] {
        RunOptions options;
        options.environment = {"XDG_STATE_HOME", "HOME=" + home};
        return run_pipectl(own.work, named("root"), {}, options);
    };
    CHECK(run_there().status == exited(0));
    CHECK(std::filesystem::is_empty(home));
    // a link of theirs to a folder of root's
    const std::string target = own.folder.path("target/pipectl");
    std::filesystem::create_directories(target);
    std::filesystem::create_directories(home + "/.local");
    const std::string link = home + "/.local/state";
    REQUIRE(::symlink(own.folder.path("target").c_str(), link.c_str()) == 0);
    REQUIRE(::lchown(link.c_str(), kOther, kOther) == 0);
    CHECK(run_there().status == exited(0));
    CHECK(std::filesystem::is_empty(target));
}
