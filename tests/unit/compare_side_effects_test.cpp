// Which pipelines `compare` does not run again and again without being told to.

#include "orchestrator/compare/risky_commands.hpp"
#include "orchestrator/compare/side_effects.hpp"
#include "orchestrator/compare/sinks.hpp"
#include "orchestrator/definition/parse.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/planned.hpp"

using namespace pipectl;
using namespace pipectl::compare;

namespace {

std::string effect_of(const std::string& text) {
    return risk_of({"/bin/sh", "-c", text});
}

std::size_t effects(const std::string& toml) {
    const ParseResult parsed = parse_definition({"p.toml", toml});
    REQUIRE_FALSE(has_errors(parsed.diagnostics));
    return find_side_effects(parsed.definition, make_plan(parsed.definition, {}).plan).size();
}

}  // namespace

TEST_CASE("programs that change things are known by name and arguments") {
    using Argv = std::vector<std::string>;
    for (const Argv& argv : {Argv{"rm", "-f", "x"},
                             Argv{"/usr/bin/kill", "1"},
                             Argv{"xargs", "-r", "-n", "1", "rm"},
                             Argv{"xargs", "-I", "{}", "mv", "{}", "x"},
                             Argv{"env", "A=b", "nice", "-n", "5", "rm"},
                             Argv{"timeout", "-k", "1s", "5s", "ssh", "host"},
                             Argv{"tee", "-a", "log"},
                             Argv{"dd", "of=/dev/sda"},
                             Argv{"curl", "-XPOST", "http://x"},
                             Argv{"curl", "-X", "DELETE", "http://x"},
                             Argv{"curl", "--data=x", "http://x"},
                             Argv{"git", "push"},
                             Argv{"sed", "-ni", "p", "x"},
                             Argv{"sed", "--in-place=.b", "p"},
                             Argv{"find", ".", "-delete"},
                             Argv{"find", ".", "-exec", "rm", "{}", ";"},
                             Argv{"sort", "-o", "x", "x"},
                             Argv{"tar", "xf", "-"},
                             Argv{"gzip", "file"},
                             Argv{"psql"},
                             Argv{"sudo", "true"},
                             Argv{"wget", "http://x"},
                             Argv{"bash", "-ec", "rm x"},
                             Argv{"awk", "{ system(\"x\") }"},
                             Argv{"mkfs.ext4"}}) {
        CAPTURE(argv);
        CHECK_FALSE(risk_of(argv).empty());
    }
}

TEST_CASE("programs that only read and write streams pass") {
    using Argv = std::vector<std::string>;
    for (const Argv& argv : {Argv{"cat", "x"},
                             Argv{"grep", "rm"},
                             Argv{"sort", "-k1,1nr", "-t", "o", "-to"},
                             Argv{"sed", "-es/a/i/"},
                             Argv{"sed", "-n", "s/rm/x/p"},
                             Argv{"tee"},
                             Argv{"tee", "/dev/fd/3"},
                             Argv{"dd", "if=x", "bs=1M"},
                             Argv{"xargs", "-n64", "sha256sum"},
                             Argv{"xargs", "-r", "-d", "\\n", "-n", "64", "sha256sum", "--"},
                             Argv{"xargs", "-0"},
                             Argv{"tar", "--create", "--directory", "x", "."},
                             Argv{"tar", "-cf", "-", "x"},
                             Argv{"gzip", "-n", "-6"},
                             Argv{"gzip", "-dc", "x"},
                             Argv{"curl", "-s", "http://x"},
                             Argv{"wget", "-qO-", "http://x"},
                             Argv{"git", "-p", "log"},
                             Argv{"find", ".", "-type", "f", "-exec", "printf", "%s", "{}", "+"},
                             Argv{"env"},
                             Argv{"timeout", "5s", "cat"},
                             Argv{"awk", "$1 > 3 { print }"},
                             Argv{}}) {
        CAPTURE(argv);
        CHECK(risk_of(argv) == "");
    }
}

TEST_CASE("a script is looked at for what it calls and what it redirects") {
    CHECK(effect_of("cat | rm x") == "runs 'rm'");
    CHECK(effect_of("while read f; do kill $f; done") == "runs 'kill'");
    CHECK(
        effect_of("case $a in\n list) exec xargs ps ;;\n kill) exec xargs -r kill -s x ;;\nesac") ==
        "runs 'kill'");
    CHECK(effect_of("echo \"$(rm x)\"") == "runs 'rm'");
    CHECK(effect_of("echo `rm x`") == "runs 'rm'");
    CHECK(effect_of("A=b rm x") == "runs 'rm'");
    CHECK(effect_of("sort > out.txt") == "writes 'out.txt' by itself");
    CHECK(effect_of("sort 2>>err.log") == "writes 'err.log' by itself");
    CHECK(effect_of("sort &>'a b'") == "writes 'a b' by itself");
    CHECK(effect_of("sh -c 'rm x'") == "runs 'rm'");
    CHECK(effect_of("if true; then rm x; fi") == "runs 'rm'");
}

TEST_CASE("what a script only says, reads or throws away is no side effect") {
    CHECK(effect_of("echo rm; grep 'a > b' x") == "");
    CHECK(effect_of("sort | uniq -c 2>/dev/null >&2") == "");
    CHECK(effect_of("printf '%s\\n' \"rm > x\" # rm > x") == "");
    CHECK(effect_of("awk '$1 > 2 { print }' < in.txt") == "");
    CHECK(effect_of("echo bad > \"$PIPECTL_OUT_bad\"; echo x > /dev/fd/3") == "");
    CHECK(effect_of("echo $((3 > 2)) ${x:-rm}") == "");
    CHECK(effect_of("") == "");
    CHECK(effect_of("'unclosed") == "");
    CHECK(effect_of("$(((((") == "");
}

TEST_CASE("a script is read as a shell reads it, wherever a command stands in it") {
    CHECK(effect_of("case $1 in rm) echo;; *) cat;; esac; for f in rm mv; do echo $f; done") == "");
    CHECK(effect_of("command -v rm || exit 1; [[ -n $x && x > y ]]") == "");
    CHECK(effect_of("f() { (rm x); }; f") == "runs 'rm'");
    CHECK(effect_of("cat <(rm x)") == "runs 'rm'");
    CHECK(effect_of("x=`rm x`") == "runs 'rm'");
    CHECK(effect_of("eval rm x") == "runs 'rm'");
    CHECK(effect_of("{ sort; } > out.txt") == "writes 'out.txt' by itself");
    CHECK(effect_of("sort > \"$dir/x\"") == "writes '$dir/x' by itself");
    CHECK(effect_of("sort > >(cat) <> /dev/null") == "");
}

TEST_CASE("here documents are no commands, unless a shell reads or expands them") {
    CHECK(effect_of("cat <<'E'\nrm x\n$(rm x)\nE") == "");
    CHECK(effect_of("cat <<E\n\"$(rm x)\"\nE") == "runs 'rm'");
    CHECK(effect_of("bash <<'E'\nrm x\nE") == "runs 'rm'");
    CHECK(effect_of("sh <<< 'rm x'") == "runs 'rm'");
}

TEST_CASE("a script that is not understood may call whatever it names") {
    CHECK(effect_of("for f in *; { rm $f; }") == "runs 'rm'");
    CHECK(effect_of("for f in *; { cat $f; }") == "");
}

TEST_CASE("endpoints, kept files and stages that leave processes behind are side effects") {
    const std::string head = "[[stage]]\nrun=['seq','3']\n[[stage]]\nrun=['cat']\n";
    CHECK(effects(head) == 0);
    CHECK(effects(head + "stdout='out.txt'\n") == 0);
    CHECK(effects(head + "stdout={file='out.txt', append=true}\n") == 0);
    CHECK(effects(head + "stdout={fifo='x'}\n") == 1);
    CHECK(effects(head + "stdout={listen='tcp:127.0.0.1:9000'}\n") == 1);
    CHECK(effects(head + "detach=true\n") == 1);
    CHECK(effects(head + "via={channel='file', path='spool', keep=true}\n") == 1);
    CHECK(effects("[[stage]]\nrun=['seq','3']\n[[stage]]\nrun=['xargs','rm']\n[[stage]]\n"
                  "shell='kill 1'\n") == 2);
}

TEST_CASE("every output of a plan becomes a sink, one for each writer of stdout") {
    const Planned planned = planned_well(
        "[[stage]]\nname='a'\nrun=['a']\noutputs=['x']\nstdout='a.txt'\nstderr='a.err'\n"
        "[[stage]]\nname='b'\nfrom='a.x'\nrun=['b']\nstderr='stdout'\n"
        "[[stage]]\nname='c'\nstdin='in'\nrun=['c']\nstdout='/dev/null'\n");
    const Redirected redirected = redirect(planned.plan);
    CHECK(redirected.sinks == std::vector<std::string>{"a.stdout", "a.stderr", "b.stdout"});
    REQUIRE(redirected.plan.outputs.size() == 3);
    for (const OutputFile& output : redirected.plan.outputs) {
        CHECK(output.path.empty());
        CHECK_FALSE(output.atomic);
    }
    CHECK(inherits_stdin(planned.plan));
}
