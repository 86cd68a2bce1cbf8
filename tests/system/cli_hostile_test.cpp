// Definitions from a hostile or careless hand: an error with its place, never a crash, never a byte
// of theirs on the terminal that the terminal would obey. And what looks at a definition runs
// nothing.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "tests/support/byte_stream.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Nothing that a terminal obeys: no control byte but the line's end, no bare C1 code, no mark that
/// turns the text around.
bool is_harmless(const std::string& text) {
    return std::all_of(text.begin(), text.end(),
                       [](char byte) {
                           const auto code = static_cast<unsigned char>(byte);
                           return code == '\n' || (code >= 0x20 && code != 0x7f);
                       }) &&
           text.find("\xc2\x9b") == std::string::npos &&
           text.find("\xe2\x80\xae") == std::string::npos;
}

std::string many(const std::string& text, int times) {
    std::string all;
    all.reserve(text.size() * static_cast<std::size_t>(times));
    for (int i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

RunResult look(const TemporaryFolder& folder, const std::string& command, const std::string& name) {
    return run({PIPECTL_BINARY, command, name}, {.cwd = folder.path(), .timeout = 20s});
}

}  // namespace

TEST_CASE("hostile definitions are refused in words, by every command that reads them", "[S24]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string escape = "\\u001b[31m\\u009b\\u0007\\n\\r";
    struct Case {
        const char* title;
        std::string text;
    };
    const Case cases[] = {
        {"nothing", ""},
        {"a NUL", std::string("[[stage]]\nrun = [\"a") + '\0' + "b\"]\n"},
        {"an escaped NUL", "[[stage]]\nrun = [\"a\\u0000b\"]\n"},
        {"no UTF-8", "[[stage]]\nrun = [\"\xff\xfe\"]\n"},
        {"half a character at the end", "[[stage]]\nrun = [\"\xe2\x82"},
        {"a raw escape", "[[stage]]\nrun = [\"\x1b[31m\"]\n"},
        {"escapes in a name", "[[stage]]\nname = \"" + escape + "\"\nrun = ['true']\n"},
        {"escapes in a key", "[[stage]]\n\"" + escape + "\" = 1\nrun = ['true']\n"},
        {"escapes in a program", "[[stage]]\nrun = [\"" + escape + "\"]\n"},
        {"escapes in a path", "[[stage]]\nrun = ['true']\nstdin = \"" + escape + "\"\n"},
        {"escapes in a folder", "[[stage]]\nrun = ['true']\nstdout = \"/x" + escape + "/y\"\n"},
        {"escapes in a reference", "[[stage]]\nrun = ['true']\nfrom = \"" + escape + "\"\n"},
        {"escapes in a parameter", "[params]\n\"" + escape + "\" = 1\n[[stage]]\nrun = ['x']\n"},
        {"escapes in a template", "[[stage]]\nrun = [\"${" + escape + "}\"]\n"},
        {"escapes in a channel",
         "[[stage]]\nrun = ['a']\n[[stage]]\nrun=['b']\nvia=\"" + escape + "\"\n"},
        {"escapes in a user", "[[stage]]\nrun = ['true']\nuser = \"" + escape + "\"\n"},
        {"escapes in a folder to work in", "[[stage]]\nrun = ['true']\ncwd = \"" + escape + "\"\n"},
        {"deep arrays", "x = " + many("[", 100000)},
        {"deep tables", "x = " + many("{a=", 100000)},
        {"deep keys", many("a.", 100000) + "b = 1\n"},
        {"deep headers", "[" + many("a.", 50000) + "b]\n"},
        {"a deep from", "[[stage]]\nrun=['a']\nfrom = " + many("[", 5000) + many("]", 5000)},
        {"a line of a megabyte", "[[stage]]\nrun = [\"" + many("x", 1000000) + "\", 1]\n"},
        {"a number beyond all", "[[stage]]\nrun = ['a']\nnice = 99999999999999999999999\n"},
        {"a negative time", "[pipeline]\ntimeout = '-5s'\n[[stage]]\nrun = ['a']\n"},
        {"a time beyond all", "[pipeline]\ntimeout = '99999999999999h'\n[[stage]]\nrun = ['a']\n"},
        {"a thousand errors", many("[[stage]]\nbogus = 1\n", 500)},
        {"no TOML", ByteStream(7).next(20000)},
        {"a word for each type",
         "[[stage]]\nrun = {}\nname = []\nfrom = 1.5\nstdout = 1979-05-27\n"},
        {"its own name twice",
         "[[stage]]\nname='a'\nrun=['true']\n[[stage]]\nname='a'\nrun=['true']\n"},
        {"itself", "[[stage]]\nname='a'\nfrom='a'\nrun=['true']\n"},
    };
    for (const Case& one : cases) {
        folder.write("x.toml", one.text);
        for (const char* command : {"check", "plan", "graph", "run"}) {
            const RunResult result = look(folder, command, "x.toml");
            CAPTURE(one.title, command, result.status, result.wall_s, result.err.substr(0, 2000),
                    result.out.substr(0, 500));
            CHECK_FALSE(result.timed_out);
            CHECK(result.status.signal == 0);
            // what only the system can refuse is shown by all but `run`
            CHECK((result.status.code != 0 || std::string(command) != "run"));
            CHECK((!result.err.empty() || result.status.code == 0));
            CHECK(result.err.size() < 200000);
            CHECK(is_harmless(result.err));
            CHECK(is_harmless(result.out));
        }
    }
}

TEST_CASE("a definition that is no file, or far too large, is refused at once") {
    const LeakCheck check;
    const TemporaryFolder folder;
    ::mkdir(folder.path("folder").c_str(), 0755);
    REQUIRE(::mkfifo(folder.path("fifo").c_str(), 0600) == 0);
    folder.write("large.toml", "");
    REQUIRE(::truncate(folder.path("large.toml").c_str(), 4LL << 30) == 0);
    for (const char* name :
         {"missing.toml", "folder", "large.toml", "/dev/zero", "/proc/self/mem"}) {
        for (const char* command : {"check", "run"}) {
            CAPTURE(name, command);
            const RunResult result = look(folder, command, name);
            CAPTURE(result);
            CHECK_FALSE(result.timed_out);
            CHECK(result.status == exited(std::string(command) == "check" ? 1 : 125));
            CHECK_THAT(result.err, ContainsSubstring(name));
            CHECK(result.wall_s < 5);
        }
    }
}

TEST_CASE("names from outside are shown harmlessly in the story of a failed run", "[S16]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string evil = "\x1b]0;owned\x07\x1b[2J\n$(x)\r";
    const RunResult result = run_pipectl(
        folder,
        pipeline({"name = " + toml_text(evil)}) + stage("one", {"sh", "-c", "exit 3", evil}) +
            stage("two", {"sleep", "1000"}, {"env = { X = " + toml_text(evil) + " }"}),
        {"--summary"});
    CAPTURE(result);
    CHECK(result.status == exited(3));
    CHECK(is_harmless(result.err));
    CHECK(result.out.empty());
}

TEST_CASE("what looks at a definition or at the machine starts nothing and changes nothing",
          "[S17]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    if (run({"strace", "-V"}).status.code != 0) {
        WARN("SKIPPED: strace is not installed");
        return;
    }
    folder.write("input", "secret\n");
    folder.write("x.toml",
                 "[params]\np = { default = '$(touch hacked)' }\n" +
                     shell("one", "touch hacked; cat", {"stdin = 'input'"}) +
                     stage("two", {"touch", "hacked", "${p}"}, {"via = 'fifo'"}) +
                     stage("three", {"cat"}, {"stdout = 'out'", "from = 'one'", "via = 'tcp'"}));
    for (const std::string command : {"check", "plan", "graph", "channels"}) {
        std::vector<std::string> words = {
            "strace",
            "-f",
            "-o",
            "trace",
            "-e",
            "trace=execve,execveat,openat,open,creat,mkdir,mknod,mknodat,fork,vfork,clone,clone3,"
            "socket,pipe2,unlink,rename",
            PIPECTL_BINARY,
            command};
        if (command != "channels") words.emplace_back("x.toml");
        const RunResult result = run(words, {.cwd = folder.path()});
        CAPTURE(command, result);
        if (result.err.find("ptrace") != std::string::npos) {
            WARN("SKIPPED: strace may not trace here");
            return;
        }
        CHECK(result.status == exited(0));
        std::istringstream trace(folder.read("trace"));
        int programs = 0;
        for (std::string line; std::getline(trace, line);) {
            CAPTURE(line);
            programs += line.find(" execve(") != std::string::npos ? 1 : 0;
            for (const char* call :
                 {"fork(", "clone(", "clone3(", "socket(", "pipe2(", "mkdir(", "mknod", "unlink(",
                  "rename(", "O_CREAT", "O_WRONLY", "O_RDWR"}) {
                CHECK(line.find(call) == std::string::npos);
            }
            CHECK(line.find("\"input\"") == std::string::npos);
        }
        CHECK(programs == 1);
        CHECK_FALSE(folder.has("hacked"));
        CHECK_FALSE(folder.has("out"));
    }
}

TEST_CASE("a dry run shows the plan and starts nothing") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(folder, shell("one", "touch hacked"), {"--dry-run"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK_THAT(result.out, ContainsSubstring("touch hacked"));
    CHECK_FALSE(folder.has("hacked"));
}

TEST_CASE("a definition may come from stdin, or be a program itself") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult piped =
        run({PIPECTL_BINARY, "run", "-"},
            {.stdin_text = stage("one", {"echo", "from stdin"}), .cwd = folder.path()});
    CAPTURE(piped);
    CHECK(piped.status == exited(0));
    CHECK(piped.out == "from stdin\n");
    const std::string script =
        folder.write("script", std::string("#!/usr/bin/env -S ") + PIPECTL_BINARY + " run\n" +
                                   stage("one", {"tr", "a-z", "A-Z"}) + stage("two", {"cat"}));
    const RunResult result = run({script}, {.stdin_text = "text\n", .cwd = folder.path()});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "TEXT\n");
}

TEST_CASE("wrong usage is 125 for run, in two lines that help") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("words.toml", stage("one", {"true"}));
    const std::vector<std::vector<std::string>> wrong = {
        {"run"},
        {"run", "--bogus", "words.toml"},
        {"run", "words.toml", "another.toml"},
        {"run", "words.toml", "--set", "x"},
        {"run", "words.toml", "--timeout", "soon"},
        {"run", "words.toml", "--via", "carrier-pigeon"},
        {"run", "words.toml", "--json"},
        {"rnu", "words.toml"},
        {},
    };
    for (const auto& words : wrong) {
        std::vector<std::string> argv = {PIPECTL_BINARY};
        argv.insert(argv.end(), words.begin(), words.end());
        const RunResult result = run(argv, {.cwd = folder.path()});
        CAPTURE(words, result);
        CHECK(result.status == exited(125));
        CHECK(result.out.empty());
        CHECK(std::count(result.err.begin(), result.err.end(), '\n') <= 3);
    }
}

TEST_CASE("a record or an event file that cannot be written is told of before anything starts",
          "[R23]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    for (const char* option : {"--json", "--events"}) {
        const RunResult result =
            run_pipectl(folder, shell("one", "touch effect"), {option, "no-folder/file"});
        CAPTURE(option, result);
        CHECK(result.status == exited(125));
        CHECK_FALSE(folder.has("effect"));
        CHECK_THAT(result.err, ContainsSubstring("no-folder/file"));
    }
}

TEST_CASE("what strangers wrote is harmless in plans, records, events and in helpers' words") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string evil = "\\u001b[31m\\u009b\\u202e";
    folder.write("evil.toml", "[[stage]]\nname = \"a\"\nrun = [\"cat\"]\n#" + evil +
                                  "\"]\nstdin = { connect = \"unix:/no" + evil + "\" }\n");
    for (const char* command : {"plan", "graph", "check"}) {
        const RunResult shown = look(folder, command, "evil.toml");
        CHECK(is_harmless(shown.out));
        CHECK(is_harmless(shown.err));
    }
    CHECK(is_harmless(
        run({PIPECTL_BINARY, "plan", "evil.toml", "--format", "json"}, {.cwd = folder.path()})
            .out));
    const RunResult ended = run({PIPECTL_BINARY, "run", "evil.toml", "--summary", "--json",
                                 "record.json", "--events", "events"},
                                {.cwd = folder.path(), .timeout = 20s});
    CHECK(is_harmless(ended.err));
    CHECK_THAT(ended.err, ContainsSubstring("\\x1b"));
    CHECK(is_harmless(folder.read("record.json")));
    CHECK(is_harmless(folder.read("events")));
    CHECK(is_harmless(run({HELPER_BINARY, "copy", "\x1b[31m"}).err));
}
