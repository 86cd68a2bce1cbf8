// The command line as its user sees it: what is shown where, and with which status.

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/pty.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

constexpr std::string_view kGood =
    "[params]\nn = 3\n[[stage]]\nrun = ['seq', '100']\n"
    "[[stage]]\nrun = ['sed', '${n}q']\n";

std::size_t line_count(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// Wrong usage: two lines on stderr, nothing on stdout, 125.
void check_usage(const std::vector<std::string>& words, const std::string& first_line) {
    const RunResult result = pipectl_says(words);
    INFO(to_text(result));
    CHECK(result.status == exited(125));
    CHECK(result.out.empty());
    CHECK(line_count(result.err) == 2);
    CHECK(result.err.substr(0, result.err.find('\n')) == first_line);
    CHECK(result.err.find("\nusage: pipectl ") != std::string::npos);
}

}  // namespace

TEST_CASE("without a file the pipeline.toml of the folder is run") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("pipeline.toml", stage("say", {"echo", "here"}));
    RunOptions options;
    options.cwd = folder.path();
    CHECK(run({PIPECTL_BINARY, "run", "--quiet"}, options).out == "here\n");
    CHECK(run({PIPECTL_BINARY, "run", "-c", "echo there"}, options).out == "there\n");
}

TEST_CASE("wrong usage is two lines with the nearest known word") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string file = folder.write("p.toml", kGood);
    check_usage({}, "pipectl: a command is missing");
    check_usage({"rnu"}, "pipectl: unknown command 'rnu'; did you mean 'run'?");
    check_usage({"--versoin"}, "pipectl: unknown option '--versoin'; did you mean '--version'?");
    check_usage({file}, "pipectl: unknown command '" + file + "'; did you mean 'pipectl run " +
                            file + "'?");
    check_usage({"run"}, "pipectl run: FILE is missing, and there is no pipeline.toml here");
    check_usage({"run", file, file}, "pipectl run: unexpected argument '" + file + "'");
    check_usage({"run", "--sett", "n=1", file},
                "pipectl run: unknown option '--sett'; did you mean '--set'?");
    check_usage({"check", "-q", file},
                "pipectl check: unknown option '-q'; did you mean '--quiet'?");
    check_usage({"run", file, "--set"}, "pipectl run: option '--set' needs a value");
    check_usage({"run", "--quiet=false", file}, "pipectl run: option '--quiet' takes no value");
    check_usage({"run", "--set", "n", file}, "pipectl run: --set takes name=value, not 'n'");
    check_usage({"run", "--via", "a=", file},
                "pipectl run: --via takes CHANNEL[:SIZE] or STAGE=CHANNEL[:SIZE], not 'a='");
    check_usage(
        {"run", "--timeout", "5", file},
        "pipectl run: --timeout: duration '5' has no unit; write for instance '5s' for seconds");
    check_usage({"run", "--timeout", "0s", file}, "pipectl run: --timeout: must be longer than 0");
    check_usage({"plan", "--format", "jsn", file},
                "pipectl plan: --format must be 'text' or 'json', not 'jsn'; did you mean 'json'?");
    check_usage({"run", "--color", "\x1b[31m", file},
                "pipectl run: --color must be 'auto', 'always' or 'never', not '\\x1b[31m'");
    check_usage({"run", "-c", "true", file},
                "pipectl run: FILE, -c and --script exclude each other");
}

TEST_CASE("help is on stdout: short, or long with examples first") {
    const LeakCheck leaks;
    for (const std::string command : {"run", "check", "plan", "graph"}) {
        const RunResult brief = pipectl_says({command, "-h"});
        CHECK(brief.status == exited(0));
        CHECK(brief.err.empty());
        CHECK(brief.out.starts_with("usage: pipectl " + command));
        const RunResult full = pipectl_says({command, "--help"});
        CHECK(full.status == exited(0));
        CHECK(full.out.starts_with("examples:\n  pipectl " + command));
        CHECK(full.out.size() > brief.out.size());
        CHECK(pipectl_says({"help", command}).out == full.out);
    }
    CHECK(pipectl_says({"--help"}).out.starts_with("examples:\n"));
    CHECK(pipectl_says({"-h"}).out.starts_with("usage: pipectl COMMAND"));
    CHECK(pipectl_says({"--version"}).out.starts_with("pipectl "));
    CHECK(pipectl_says({"-V"}).out == pipectl_says({"--version"}).out);
    CHECK(pipectl_says({"--version", "--json"}).out.starts_with("{\"version\":\""));
}

TEST_CASE("check names all errors of all files, and ends with 1") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("good.toml", kGood);
    folder.write("bad.toml",
                 "[[stage]]\nrun = ['no-such-prgram']\nnmae = 1\n[[stage]]\nfrom = 'x'\n"
                 "run = ['cat']\n");
    RunOptions in_folder;
    in_folder.cwd = folder.path();
    const RunResult result =
        pipectl_says({"check", "good.toml", "bad.toml", "missing.toml", "."}, in_folder);
    INFO(to_text(result));
    CHECK(result.status == exited(1));
    CHECK(result.out == "good.toml: ok (2 stages)\n");
    CHECK(result.err.find("bad.toml:2:8: error: stage 'no-such-prgram': program 'no-such-prgram': "
                          "not found") != std::string::npos);
    CHECK(
        result.err.find("bad.toml:3:1: error: unknown key 'nmae' in a stage; did you mean 'name'?\n"
                        "    3 | nmae = 1\n      | ^~~~\n") != std::string::npos);
    CHECK(result.err.find("bad.toml:5:") != std::string::npos);
    CHECK(result.err.find("cannot open 'missing.toml': No such file") != std::string::npos);
    CHECK(result.err.find("cannot read '.': Is a directory") != std::string::npos);
    for (const char* near : {"goood.toml", "good"}) {
        CHECK(pipectl_says({"check", near}, in_folder).err.find("(did you mean 'good.toml'?)") !=
              std::string::npos);
    }

    const RunResult quiet = pipectl_says({"check", "--quiet", "good.toml"}, in_folder);
    CHECK(quiet.status == exited(0));
    CHECK((quiet.out + quiet.err).empty());
    in_folder.stdin_text = std::string(kGood);
    CHECK(pipectl_says({"check", "-"}, in_folder).out == "<stdin>: ok (2 stages)\n");
    CHECK(pipectl_says({"check", "good.toml", "--set", "m=1"}, in_folder).status == exited(1));
}

TEST_CASE("check looks at the definition and its programs, and its help says at what it does not",
          "[S17]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("p.toml",
                 "[[stage]]\nrun = ['cat']\nstdin = 'missing'\nuser = 'no-such-user'\n"
                 "stdout = 'no/folder/out'\n[[stage]]\nrun = ['cat']\ncwd = 'nowhere'\n"
                 "stdin = { null = true }\n");
    RunOptions options;
    options.cwd = folder.path();
    const RunResult result = pipectl_says({"check", "p.toml"}, options);
    INFO(to_text(result));
    CHECK(result.status == exited(0));
    CHECK(result.err.empty());
    std::string help = pipectl_says({"check", "--help"}).out;
    std::replace(help.begin(), help.end(), '\n', ' ');
    INFO(help);
    for (const char* what : {"not looked at", "input files", "folders of outputs", "'cwd'", "users",
                             "limits", "'pipectl run' looks at all of them"}) {
        CHECK(help.find(what) != std::string::npos);
    }
}

TEST_CASE("check, plan and graph start nothing and touch no file that a definition names",
          "[S17]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("program", "#!/bin/sh\ntouch started\n");
    REQUIRE(::mkfifo(folder.path("fifo").c_str(), 0600) == 0);
    const std::string text =
        "[[stage]]\nrun = ['./program']\nstdin = 'fifo'\nstdout = 'out'\n"
        "stderr = { file = 'log', append = true }\n";
    folder.write("p.toml", text);
    RunOptions options;
    options.cwd = folder.path();
    const std::vector<std::vector<std::string>> calls = {{"check", "p.toml"},
                                                         {"plan", "p.toml"},
                                                         {"graph", "p.toml"},
                                                         {"run", "--dry-run", "p.toml"}};
    for (const std::vector<std::string>& words : calls) {
        const RunResult result = pipectl_says(words, options);
        INFO(to_text(result));
        CHECK(result.status == exited(0));
        CHECK(result.err.empty());
        CHECK_FALSE(result.out.empty());
    }
    CHECK_FALSE(folder.has("started"));
    CHECK_FALSE(folder.has("out"));
    CHECK_FALSE(folder.has("log"));
}

TEST_CASE("run takes parameters, a definition from stdin, and its options in any place") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string file = folder.write("p.toml", kGood);
    const RunResult plain = pipectl_says({"run", file});
    INFO(to_text(plain));
    CHECK(plain.status == exited(0));
    CHECK(plain.out == "1\n2\n3\n");
    CHECK(plain.err.empty());
    CHECK(pipectl_says({"run", "--set", "n=1", file}).out == "1\n");
    CHECK(pipectl_says({"run", file, "--set=n=2"}).out == "1\n2\n");
    CHECK(pipectl_says({"run", "--set", "n=1", "--set", "n=2", "--", file}).out == "1\n2\n");
    RunOptions options;
    options.stdin_text = std::string(kGood);
    CHECK(pipectl_says({"run", "-"}, options).out == "1\n2\n3\n");
}

TEST_CASE("a definition may be a script of its own") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string script = folder.write("p", "#!" PIPECTL_BINARY " run\n" + std::string(kGood));
    CHECK(test::run({script, "--set", "n=2"}).out == "1\n2\n");
}

TEST_CASE("run refuses a definition with errors with 125, and a missing program with 127") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult bad = run_pipectl(folder, "[[stage]]\nrun = []\n[[stage]]\nrnu = 1\n");
    INFO(to_text(bad));
    CHECK(bad.status == exited(125));
    CHECK(bad.err.find(":2:7: error: 'run' is empty") != std::string::npos);
    CHECK(bad.err.find(":4:1: error: unknown key 'rnu'") != std::string::npos);
    CHECK(run_pipectl(folder, "[[stage]]\nrun = ['no-such-program']\n").status == exited(127));
    CHECK(pipectl_says({"run", folder.path("missing.toml")}).status == exited(125));
}

TEST_CASE("the record and the events of a run are written where they were asked for") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("record.json", "old");
    RunOptions options;
    const RunResult result =
        run_pipectl(folder, kGood, {"--json", "record.json", "--events", "events", "--summary"});
    INFO(to_text(result));
    CHECK(result.status == exited(0));
    CHECK(result.out == "1\n2\n3\n");
    CHECK(result.err.find("seq") != std::string::npos);
    CHECK(folder.read("record.json").starts_with("{\n"));
    CHECK(folder.read("record.json").ends_with("}\n"));
    CHECK(line_count(folder.read("events")) >= 6);
    const RunResult refused = run_pipectl(folder, kGood, {"--json", "no/such/folder/x"});
    CHECK(refused.status == exited(125));
    CHECK(refused.out.empty());
    CHECK(refused.err.find("cannot write 'no/such/folder/x': its folder") != std::string::npos);
}

TEST_CASE(
    "colour: the option wins over NO_COLOR, that over CLICOLOR_FORCE, that over the terminal") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string file = folder.write("p.toml", "nmae = 1\n");
    const auto coloured = [&](std::vector<std::string> environment, const std::string& choice) {
        RunOptions options;
        options.environment = std::move(environment);
        return pipectl_says({"check", "--color", choice, file}, options).err.find('\x1b') !=
               std::string::npos;
    };
    const std::vector<std::string> nothing = {"NO_COLOR", "CLICOLOR_FORCE"};
    CHECK_FALSE(coloured(nothing, "auto"));
    CHECK(coloured(nothing, "always"));
    CHECK(coloured({"NO_COLOR=1", "CLICOLOR_FORCE"}, "always"));
    CHECK(coloured({"NO_COLOR", "CLICOLOR_FORCE=1"}, "auto"));
    CHECK_FALSE(coloured({"NO_COLOR=1", "CLICOLOR_FORCE=1"}, "auto"));
    CHECK_FALSE(coloured({"NO_COLOR", "CLICOLOR_FORCE=1"}, "never"));

    const auto in_terminal = [&](std::vector<std::string> environment) {
        Pty pty;
        RunOptions options;
        options.environment = std::move(environment);
        Child child = pty.start({PIPECTL_BINARY, "check", file}, options);
        child.wait();
        pty.wait_for("there is no stage");
        return pty.screen().find('\x1b') != std::string::npos;
    };
    CHECK(in_terminal({"NO_COLOR", "CLICOLOR_FORCE", "TERM=xterm"}));
    CHECK_FALSE(in_terminal({"NO_COLOR=1", "CLICOLOR_FORCE", "TERM=xterm"}));
    CHECK_FALSE(in_terminal({"NO_COLOR", "CLICOLOR_FORCE", "TERM=dumb"}));
}

TEST_CASE("a full disk under stdout is told") {
    const LeakCheck leaks;
    const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    RunOptions options;
    options.stdout_fd = full.get();
    const RunResult result = pipectl_says({"--help"}, options);
    CHECK(result.status == exited(125));
    CHECK(result.err == "pipectl: cannot write to stdout: No space left on device\n");
}
