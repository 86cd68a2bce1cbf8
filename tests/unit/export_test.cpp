// What `pipectl export` writes. Whether shells make the same bytes of it is tests/shell/run's
// matter.

#include <string>

#include "orchestrator/definition/parse.hpp"
#include "orchestrator/export/export_script.hpp"
#include "orchestrator/export/shell_word.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/text.hpp"
#include "tests/unit/planned.hpp"

using pipectl::export_script;
using pipectl::ExportResult;
using pipectl::has_errors;
using pipectl::parse_definition;
using pipectl::PlanRequest;
using pipectl::script_variable;
using pipectl::shell_program;
using pipectl::shell_word;
using pipectl::stage;

namespace {

ExportResult exported(const std::string& toml, PlanRequest request = {}) {
    const auto parsed = parse_definition({"p.toml", toml});
    REQUIRE_FALSE(has_errors(parsed.diagnostics));
    request.source = "p.toml";
    return export_script(parsed.definition, request);
}

/// Without the functions, which are the same in all scripts.
std::string script(const std::string& toml, const PlanRequest& request = {}) {
    const ExportResult result = exported(toml, request);
    REQUIRE_FALSE(has_errors(result.diagnostics));
    std::string text = result.script;
    const std::string end = "# --- end of functions\n";
    const auto from = text.find("# --- functions");
    if (from != std::string::npos) text.erase(from, text.find(end) + end.size() - from);
    return "\n" + text.substr(text.find("# Written"));
}

std::string messages(const ExportResult& result) {
    std::string all;
    for (const auto& each : result.diagnostics) {
        all += each.message + "\n";
    }
    return all;
}

const std::string kLoose = "[pipeline]\nname = 'p'\nstrict = false\n";

}  // namespace

TEST_CASE("a chain by the shell's rules is exported as one would type it") {
    CHECK(script(kLoose + R"(
[params]
count = { help = "how many words", default = 20 }
text = { help = "the text", required = true }
[env]
LC_ALL = "C"
[[stage]]
stdin = "${text}"
run = ["tr", "-cs", "A-Za-z", '\n']
[[stage]]
run = ["sort"]
env = { TMPDIR = "/var/tmp dir" }
[[stage]]
run = ["uniq", "-c"]
stderr = { null = true }
[[stage]]
run = ["head", "-n", "${count}"]
stdout = { file = "top ${count}.txt", append = true }
)") == R"(
# Written by pipectl export from p.toml.
# note: files are replaced one by one, and get the mode and the owner of a new file

: "${count:=20}"  # how many words
: "${text:?the text}"

LC_ALL=C
export LC_ALL

tr -cs A-Za-z '\n' <"$text" |
    env TMPDIR='/var/tmp dir' sort |
    uniq -c 2>/dev/null |
    head -n "$count" >>"top ${count}.txt"
)");
}

TEST_CASE("a strict chain notes how each stage ends and puts its files in place at the end") {
    const std::string text = script(R"(
[[stage]]
run = ["seq", "3"]
[[stage]]
run = ["grep", "7"]
ok = [0, 1]
stdout = "o'ut"
)");
    CHECK(has(text,
              "\nstage seq seq 3 |\n    stage grep:ok=0,1 grep 7 >\"$new_1/new\"\n"
              "finish \"$new_1\" 'o'\\''ut'\n"));
    CHECK(has(text, "\nnew_1=$(beside 'o'\\''ut') || exit 125\n"));
    CHECK_FALSE(has(text, ".$$"));
}

TEST_CASE("graphs become jobs with FIFOs, and the first reader stays on the pipe") {
    const std::string text =
        script(stage("a") + stage("b", "stdout = 'x'") + stage("c", "from = 'a'"));
    CHECK(has(text,
              "exec 9<&0\n"
              "\n"
              "new_1=$(beside x) || exit 125\n"
              "\n"
              "mkfifo \"$work/a+copy.c\" || exit 125\n"
              "\n"
              "stage a a <&9 |\n"
              "    copy \"$work/a+copy.c\" |\n"
              "    stage b b >\"$new_1/new\" &\n"
              "\n"
              "(stage c c <\"$work/a+copy.c\")\n"
              "finish \"$new_1\" x\n"));
}

TEST_CASE("ways that meet again go through files, and only those") {
    const std::string diamond = script(stage("a") + stage("b") +
                                       "[[stage]]\nname = 'c'\ninputs = { l = 'b', r = 'a' }\n"
                                       "run = ['paste', '${in.l}', '${in.r}']\n");
    CHECK(has(diamond, "    spool |\n    stage b b >\"$work/b.c\" &\n"));
    CHECK(has(diamond, "spool \"$work/a+spool.c\" <\"$work/a+copy.a+spool\" &\n"));
    CHECK(has(diamond, "\nstage c paste \"$work/b.c\" \"$work/a+spool.c\" </dev/null\nfinish\n"));
    CHECK_FALSE(has(script(stage("a") + stage("b") + stage("c", "from = 'a'")), "spool"));
}

TEST_CASE("words are quoted so that no shell reads anything into them", "[S16]") {
    CHECK(shell_word("-n") == "-n");
    CHECK(shell_word("a/b.c:d@%+,_") == "a/b.c:d@%+,_");
    CHECK(shell_word("") == "''");
    CHECK(shell_word("a b") == "'a b'");
    CHECK(shell_word("it's") == "'it'\\''s'");
    CHECK(shell_word("=ls") == "'=ls'");
    CHECK(shell_word("~") == "'~'");
    CHECK(shell_word("a\nb") == "'a\nb'");
    CHECK(shell_word("\xff") == "'\xff'");
}

TEST_CASE("the program is meant, not a builtin, a reserved word or an assignment") {
    CHECK(shell_program("sort") == "sort");
    CHECK(shell_program("echo") == "env echo");
    CHECK(shell_program("[") == "env '['");
    CHECK(shell_program("stage") == "env stage");
    CHECK(shell_program("done") == "'done'");
    CHECK(shell_program("a=b") == "'a=b'");
    CHECK(shell_program("!") == "'!'");
    CHECK(shell_program("cat") == "cat");
}

TEST_CASE("parameters keep their names unless a shell has a use for them") {
    CHECK(script_variable("count") == "count");
    CHECK(script_variable("min-size") == "min_size");
    CHECK(script_variable("path") == "path_");
    CHECK(script_variable("status") == "status_");
    CHECK(script_variable("BASH_ENV") == "BASH_ENV_");
    CHECK(script_variable("2nd") == "p_2nd");
    CHECK(script_variable("work") == "work_");
    const std::string text =
        script(kLoose + "[params]\npath = 'x'\n[[stage]]\nshell = 'echo \"$path\"'\n");
    CHECK(has(text, ": \"${path_:=x}\"\n"));
    CHECK(has(text, "env path=\"$path_\" sh -c 'echo \"$path\"'\n"));
}

TEST_CASE("a value that is set is the default in the script") {
    PlanRequest request;
    request.set = {{"n", "7"}, {"log", "a'b"}};
    const std::string text =
        script(kLoose +
                   "[params]\nn = 5\nlog = { required = true }\n[[stage]]\nrun = ['x', '${n}', "
                   "'${log}.gz', '-${n}/y']\n",
               request);
    CHECK(has(text, ": \"${n:=7}\"\n[ -n \"${log+set}\" ] || log='a'\\''b'\n"));
    CHECK(has(text, "\nx \"$n\" \"${log}.gz\" \"-$n/y\"\n"));
}

TEST_CASE("a text at stdin is a here-document when it has lines, and printed when it has not") {
    CHECK(has(script(kLoose + "[[stage]]\nstdin = { text = \"a\\nEND\\n\" }\nrun = ['sort']\n" +
                     stage("b")),
              "\nsort <<'END_' |\na\nEND\nEND_\n    b\n"));
    CHECK(has(script(kLoose + "[[stage]]\nstdin = { text = \"a'b\" }\nrun = ['sort']\n"),
              "\nprintf %s 'a'\\''b' |\n    sort\n"));
}

TEST_CASE("what a process changes about itself is changed by a shell in front of it") {
    CHECK(has(script(kLoose + stage("a",
                                    "cwd = '/x y'\numask = '027'\nnice = 3\n"
                                    "signals = { ignore = ['SIGHUP'] }\n")),
              "\nsh -c 'trap \"\" HUP && umask 027 && cd -- \"$0\" && exec \"$@\"' '/x y' "
              "nice -n 3 a\n"));
}

TEST_CASE("what the shell cannot do is said, and what it must not leave out is refused") {
    const ExportResult result = exported(
        "[pipeline]\nvia = 'shm'\ntimeout = '5s'\n" + stage("a") +
        stage("b", "timeout = '1s'\nbuffer = '1MiB'\nvia = 'mq'\ndetach = true\ncache = true\n"));
    const std::string all = messages(result);
    CHECK(has(all, "the timeout of the pipeline is left out\n"));
    CHECK(has(all, "channel 'shm' of every edge becomes a pipe\n"));
    CHECK(has(all, "channel 'mq' of stage 'b' becomes a pipe\n"));
    CHECK(has(all, "the timeout of stage 'b' is left out\n"));
    CHECK(has(all, "`cache` of stage 'b' is left out\n"));
    CHECK(has(all, "`detach` of stage 'b' is left out\n"));
    CHECK(has(result.script, "# note: the timeout of stage 'b' is left out\n"));

    const ExportResult user = exported(stage("a", "user = 'nobody'"));
    CHECK(has_errors(user.diagnostics));
    CHECK(user.script.empty());
    CHECK(has(messages(user), "a script cannot start stage 'a' as another user"));
}

TEST_CASE("names and texts of the definition cannot leave their comments") {
    const std::string text = exported(
                                 "[pipeline]\ndescription = \"a\\nrm -rf /\\u001b[31m\"\n"
                                 "[params]\nn = { default = 1, help = \"x\\nrm y\" }\n" +
                                 stage("a"))
                                 .script;
    CHECK(has(text, ": a rm -rf /\\x1b[31m\n"));
    CHECK(has(text, ": \"${n:=1}\"  # x rm y\n"));
}
