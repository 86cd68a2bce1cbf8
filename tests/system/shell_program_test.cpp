// pipectl-sh: the real shell, with each pipeline of programs under a run's promises.

#include <sys/stat.h>

#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;

namespace {

const std::string kShell = PIPECTL_BINARY "-sh";

RunResult with_shell(const TemporaryFolder& folder, std::vector<std::string> words,
                     const std::string& shell = kShell) {
    words.insert(words.begin(), shell);
    return run(words, {.cwd = folder.path()});
}

RunResult text(const TemporaryFolder& folder, const std::string& script) {
    return with_shell(folder, {"-c", script});
}

const std::string kScript = R"(#!/bin/bash
# what must not change: lines, names, words, quoting
set -u
word='a  b'; list=(one 'two three')
seq 5 |
  # a comment behind a bar
  sort -rn \
  | head -n 2 > "$1"
cat "$1"; echo "$LINENO $0 ${BASH_SOURCE[0]##*/} $#"
echo "$word" | tr a-z A-Z | sed 's/ /_/g'
printf '%s\n' "${list[@]}" | sort | while read -r line; do echo "<$line>"; done
n=$(seq 7 | grep -c 7)
if seq 3 | grep -q 2; then echo "yes $n"; fi
cat <<END | tr a-z A-Z
here $n
END
total() { awk '{ s += $1 } END { print s }'; }
for i in 1 2 3; do echo $((i * 2)); done | sort -n > doubled
seq 3 | total
total < doubled
A=1 env | grep '^A='
! seq 3 | grep -q 9 && echo "not there: $?"
cat doubled 2>&1 | wc -l 2> errors
seq 2 >> log; seq 3 | tail -n 1 >> log; cat log
sleep 0.1 | cat & wait $!; echo "waited: $?"
trap 'echo "bye $?"' EXIT
LC_ALL=C sort -r doubled > 'a name'; cat 'a name'
)";

}  // namespace

TEST_CASE("pipectl-sh: a script does what it does under bash, where nothing fails") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("script", kScript);
    const RunResult bash = with_shell(folder, {"script", "out", "x"}, "bash");
    ::unlink(folder.path("log").c_str());
    const RunResult ours = with_shell(folder, {"script", "out", "x"});
    CAPTURE(ours);
    CHECK(ours.out == bash.out);
    CHECK(ours.err == bash.err);
    CHECK(ours.status == bash.status);
    CHECK(bash.status == exited(0));
}

TEST_CASE("pipectl-sh: the first failure's status, no untrue end, and files that stay") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const auto kept_with = [&](const std::string& line, int status) {
        folder.write("kept", "old\n");
        const RunResult result = text(folder, line + "; echo $?");
        CAPTURE(line, result);
        CHECK(result.out == std::to_string(status) + "\n");
        CHECK(folder.read("kept") == "old\n");
    };
    kept_with("sh -c 'seq 3; exit 4' | sort > kept", 4);
    kept_with("sh -c 'seq 3; exit 5' > kept", 5);
    kept_with("(seq 5; exit 3) | wc -l > kept", 3);
    kept_with("f() { seq 2; return 6; }; f | cat > kept", 6);
    kept_with("for i in 1 2; do echo $i; done | sort | sh -c 'cat; exit 7' > kept", 7);
    CHECK(text(folder, "sh -c 'exit 3' | cat & wait $!; echo $?").out == "3\n");
    CHECK(text(folder, "set -e; sh -c 'exit 3' | cat; echo not here").status == exited(3));
    CHECK(text(folder, "if sh -c 'exit 3' | cat; then echo y; else echo n; fi").out == "n\n");
    CHECK(text(folder, "yes | head -n 1; echo $?").out == "y\n0\n");
}

TEST_CASE("pipectl-sh says no more than a shell when the last command ends with a status") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult last = text(folder, "seq 3 | grep x");
    CHECK(last.status == exited(1));
    CHECK(last.err.empty());
    CHECK_THAT(text(folder, "sh -c 'exit 3' | cat").err, ContainsSubstring("exited with status 3"));
    CHECK(text(folder, "grep x /dev/null | wc -l").out == "0\n");
}

TEST_CASE("pipectl-sh explains what is covered, and refuses what is not when that is asked for") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("script",
                 "seq 3 | cat\nf() { cat; }\nseq 3 | f\nseq 3 > out\n"
                 "seq 3 | cat; echo ${PIPESTATUS[0]}\n(trap : EXIT; seq 3) | cat\n");
    const RunResult explained = with_shell(folder, {"--explain", "script"});
    CHECK(explained.out ==
          "script:1: covered\nscript:3: covered\nscript:4: covered\n"
          "script:5: not covered: PIPESTATUS is looked at behind it\n"
          "script:6: not covered: a trap or 'exec' in what the shell runs\n");
    CHECK_FALSE(folder.has("out"));
    const RunResult refused = with_shell(folder, {"--require", "script"});
    CHECK(refused.status == exited(125));
    CHECK_THAT(refused.err, ContainsSubstring("script:5: not covered"));
    CHECK(with_shell(folder, {"--require", "-c", "seq 3 | wc -l"}).out == "3\n");
    CHECK(with_shell(folder, {"--require", "-c", "eval 'seq 3'"}).status == exited(125));
}

TEST_CASE("pipectl-sh takes a shell's words, and needs no PATH to find pipectl") {
    const LeakCheck check;
    const TemporaryFolder folder;
    CHECK(with_shell(folder, {"-ec", "seq 2 | cat; echo $0 $1", "name", "x"}).out ==
          "1\n2\nname x\n");
    CHECK(with_shell(folder, {"-eu", "-o", "pipefail", "-c", "echo $-; seq 1 | cat"}).status ==
          exited(0));
    CHECK(text(folder, "PATH=/bin; seq 2 | wc -l").out == "2\n");
    CHECK(run({kShell}, {.stdin_text = "seq 2 | wc -l\n"}).out == "2\n");
    CHECK(with_shell(folder, {"no-such-script"}).status == exited(127));
    CHECK(run({kShell, "-c"}, {.stdin_text = "echo not this\n"}).status == exited(2));
    folder.write("lib", "tac() { echo mine; }\n");
    CHECK(text(folder, ". ./lib; seq 2 | sort | tac").out == "mine\n");
}

TEST_CASE("pipectl-sh: a makefile's recipe fails with any of its stages") {
    const LeakCheck check;
    const TemporaryFolder folder;
    if (run({"make", "--version"}).status == exited(127)) {
        WARN("SKIPPED: there is no make");
        return;
    }
    folder.write("Makefile", "all:\n\tfalse | cat > made\n");
    const RunResult made = run({"make", "-s", "SHELL=" + kShell}, {.cwd = folder.path()});
    CAPTURE(made);
    CHECK(made.status == exited(2));
    CHECK_FALSE(folder.has("made"));
}

TEST_CASE("pipectl-sh: what the shell runs in the middle or at the end has the promises too") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string functions =
        "f() { tr a-z A-Z; }; g() { sort; return 4; }; h() { sort; echo end; }; ";
    const auto out = [&](const std::string& line) {
        const RunResult result = text(folder, functions + line + "; echo $?");
        CAPTURE(line, result);
        return result.out;
    };
    CHECK(out("echo b | sed s/b/x/ | f | cat > made; cat made") == "X\n0\n");
    CHECK(out("seq 2 | f | f | { read -r x; echo \"<$x>\"; cat; } | cat") == "<1>\n2\n0\n");
    CHECK(out("seq 2 | g") == "1\n2\n4\n");
    CHECK_THAT(out("seq 2 | { cat; exit 6; } | cat"), EndsWith("6\n"));
    CHECK(out("yes | head -n 1 | f; yes | f | head -n 1; yes | { read -r x; echo $x; } | cat") ==
          "Y\nY\ny\n0\n");
    // what stands behind cannot start, or fails: nobody waits for it, or goes on
    CHECK(out("seq 2 | f | no-such") == "127\n");
    // at once, too: before the shell has said who is in the middle, before anybody can be told
    for (int i = 0; i < 25; ++i) {
        REQUIRE(out("sleep 60 | { cat; } | sh -c 'exit 3'") == "3\n");
    }
    // no end that is not true, and the status of what failed first
    folder.write("kept", "old\n");
    CHECK(out("sh -c 'seq 2; exit 7' | h") == "7\n");
    CHECK(out("sh -c 'seq 2; exit 7' | h | cat > kept") == "7\n");
    CHECK(out("sh -c 'seq 2; exit 7' | h > kept") == "7\n");
    CHECK(folder.read("kept") == "old\n");
    CHECK_THAT(text(folder, functions + "sh -c 'exit 7' | h").err, ContainsSubstring("(at -c:1)"));
    // `set -e` is looked away from where the shell looks away
    CHECK(text(folder, "set -e; if seq 1 | { false; echo on; } | cat; then echo yes; fi").out ==
          "on\nyes\n");
    CHECK(text(folder, "set -e; seq 1 | { false; echo on; } | cat; echo no").out.empty());
}

TEST_CASE("pipectl-sh: messages and statuses are those of a script") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("script", "\nseq 2 | no-such | cat > no/file\n");
    const RunResult missing = with_shell(folder, {"script"});
    CHECK(missing.status == exited(127));
    CHECK_THAT(missing.err, ContainsSubstring("script:2:9: error: ") &&
                                ContainsSubstring("seq 2 | no-such | cat > no/file\n"));
    CHECK(text(folder, "seq 2 > no/file || echo $?").out == "1\n");
    CHECK(text(folder, "sort < no-file | cat > made; echo $?").out == "1\n");
    const RunResult unreadable = with_shell(folder, {"."});
    CHECK(unreadable.status == exited(126));
    CHECK_THAT(unreadable.err, ContainsSubstring("Is a directory"));
    // a status that is an answer: the file is new, and the status is the shell's
    folder.write("found", "old\n");
    CHECK(text(folder, "grep x script > found; echo $?").out == "1\n");
    CHECK(folder.read("found").empty());
}

TEST_CASE("pipectl-sh: no file's name can be taken for what stands between commands") {
    const LeakCheck check;
    const TemporaryFolder folder;
    for (const char* name : {"::", "--", "--out", ";", "a b"}) {
        folder.write(name, "");
    }
    const std::string list = "printf '%s\\n' * | cat; ls -d -- * | cat";
    CHECK(text(folder, list).out == with_shell(folder, {"-c", list}, "bash").out);
}
