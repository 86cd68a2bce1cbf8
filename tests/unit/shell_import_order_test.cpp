// What an import makes of a text's variables, and of files that its pipelines share.

#include <string>

#include "orchestrator/definition/parse.hpp"
#include "orchestrator/shell/shell.hpp"
#include "orchestrator/shell/syntax/expansions.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/imported.hpp"

using namespace pipectl;
using namespace pipectl::shell;

TEST_CASE("a variable made of others is put together where it is used") {
    const std::string made = import_of("DIR=a\nOUT=\"$DIR/x\"\nsort in >\"$OUT\"\n");
    CHECK(holds(made, "stdout = \"${DIR}/x\""));
    CHECK(!holds(made, "OUT"));
    CHECK(holds(import_of("IN=${IN:-$TOP/in}\nsort \"$IN\"\n"), "\"${env.TOP}/in\""));
    CHECK(holds(import_of("D=a\nIN=${IN:-$D/in}\nsort $IN\n"), "IN = { default = \"a/in\" }"));
    CHECK(holds(import_of("IN=${IN:-'a b'}\nsort \"$IN\"\n"), "IN = { default = \"a b\" }"));
    CHECK(import_of("A=$((1+1))\nseq $A\n") ==
          "1:1 a variable whose value only the shell can tell\n");
}

TEST_CASE("an expansion that changes the value is not the parameter") {
    CHECK(holds(import_of("n=25\nseq ${n:0:1}\n"), "seq $${n:0:1}"));
    CHECK(holds(import_of("n=25\nseq ${n:+1}\n"), "\"seq ${n:+1}\""));
    CHECK(holds(import_of("n=25\nseq ${n:-1}\n"), "[\"seq\", \"${n}\"]"));
    CHECK(holds(import_of("n=\nseq \"${n:-1}\"\n"), "seq \"${n:-1}\""));
}

TEST_CASE("a variable has one value, from above the pipelines") {
    CHECK(holds(import_of("seq $n\nn=3\nseq $n\n"), "'n' is used before it is set here"));
    CHECK(holds(import_of("n=1\nseq $n\nexport n\n"), "'export' changes what the commands below"));
    CHECK(holds(import_of("f() { n=1; }\nf\nseq $n\n"), "2:1 this sets variables or the shell"));
}

TEST_CASE("files are found behind patterns folders and variables") {
    for (const char* second : {"cat *.out", "cat {a,b}.out", "wc -l ./a.out", "ls", "find .",
                               "f=a.out\nsort <$f", "sh -c 'cat a.out'", "cut --file=a.out"}) {
        CHECK(holds(import_of(std::string("sort x >a.out\n") + second + "\n"),
                    "after = [{ stage = \"sort\""));
    }
    CHECK(holds(import_of("sort x >d/a.out\nls d\n"), "after = "));
    CHECK(!holds(import_of("sort x >a.out\ncat b | grep \"$x\"\n"), "after = "));
}

TEST_CASE("what prints a name or asks about a file gets no edge for it") {
    const auto with = [](const std::string& command) {
        return import_of("t=$(mktemp)\nsort x >$t\n" + command + "\nrm $t\n");
    };
    CHECK(holds(with("wc -l $t"), "3:7 '${t}' is printed by 'wc' with its name"));
    CHECK(holds(with("grep -c a $t y"), "is printed by 'grep' with its name"));
    CHECK(holds(with("sort -o $t $t"), "is written by 'sort'"));
    CHECK(holds(with("stat $t"), "has to be a file for 'stat'"));
    CHECK(holds(with("while read -r x; do echo $x $t; done | sort"), "uses the temporary file"));
    CHECK(holds(with("cat $t\nsort y >$t\ncat $t"),
                "4:1 the temporary file '${t}' is written again"));
    CHECK(holds(with("sort y >$t\ncat $t"), "3:1 the temporary file '${t}' is written again"));
    CHECK(holds(with("sort y >>$t\ncat $t"), "[\"sort\", \"sort-2\"]"));
    CHECK(holds(with("grep -c a $t"), "\"${in.sort}\""));
    CHECK(holds(with("wc -l <$t"), "run = [\"wc\", \"-l\"]"));
}

TEST_CASE("what only makes or removes edges is left away") {
    const std::string wanted = import_of("mkfifo p\nsort x >p &\nuniq p\nrm p\n");
    CHECK(holds(wanted, "\"${in.sort}\""));
    for (const char* first :
         {"[ -p p ] || mkfifo p", "if [ ! -p p ]; then mkfifo p; fi", "rm -f p\nmkfifo p || exit 1",
          "p=p\nmkfifo \"$p\"", "trap 'rm -f p' EXIT\nmkfifo p",
          "clean() { rm -f p; }\ntrap clean EXIT\nmkfifo p", "set -x\nmkfifo p"}) {
        CHECK(import_of(std::string(first) + "\nsort x >p &\nuniq p\nrm p\nexit\n") == wanted);
    }
    CHECK(import_of("p=/tmp/x.$$\nmkfifo $p\nsort x >$p &\nuniq $p\nrm $p\n") == wanted);
    CHECK(import_of("mkfifo p\nsort x >p &\nuniq p\nrm p\nexit 3\n") ==
          "5:1 'exit' changes the shell itself\n");
}

TEST_CASE("a check before the pipelines is told from what depends on a status") {
    CHECK(holds(import_of("[ -r x ] || exit 1\n"), "1:1 a check before the pipelines"));
    CHECK(holds(import_of("sort x || exit 1\n"), "1:8 '||' runs the one behind it"));
    CHECK(holds(import_of("cd $x || exit 1\nsort y\n"), "1:1 'cd' changes the folder"));
}

TEST_CASE("a text that looks for files beside itself is not wrapped") {
    const std::string reason = "the script looks for files beside itself";
    CHECK(holds(import_of("cd \"$(dirname \"$0\")/x\"\nsort x\n", {.wrap = true}), reason));
    CHECK(holds(import_of("d=`dirname $0`\ncd x\nsort $d/x\n", {.wrap = true}), reason));
    CHECK(holds(import_of("cd x\necho \"usage: $0\"\n", {.wrap = true}), "\"bash\", \"-c\""));
    CHECK(holds(import_of("cd $x\nawk '{ print $0 }' x\n", {.wrap = true}), "\"bash\", \"-c\""));
    CHECK(holds(import_of("echo \"$0\" | cat\n"), "1:1 this depends on which process"));
}

TEST_CASE("a command that is nothing but redirections does nothing") {
    CHECK(holds(import_of("<in | nl\n"), "stdin = \"in\"\nshell = \":\""));
    CHECK(holds(import_of("seq 3\n<-END | nl\n"), "shell = \":\""));
}

TEST_CASE("folders that are there need not be made") {
    CHECK(holds(import_of("mkdir -p folder\nsort x >folder/y\n"), "stdout = \"folder/y\""));
    CHECK(holds(import_of("mkdir -p other\nsort x >other/y\n"), "after = "));
}

TEST_CASE("only what the shell expands asks for a status") {
    CHECK(asks_for_status("echo $?"));
    CHECK(asks_for_status("echo \"x ${PIPESTATUS[0]}\" | cat"));
    CHECK(asks_for_status("cat <<E\n$?\nE\n"));
    CHECK_FALSE(asks_for_status("perl -e 'die $!, $?'"));
    CHECK_FALSE(asks_for_status("echo \"\\$?\" '$!' PIPESTATUS"));
    CHECK(depends_on_shell("echo \"x$$\""));
    CHECK(depends_on_shell("echo `echo $$`"));
    CHECK(depends_on_shell("((x = LINENO))"));
    CHECK_FALSE(depends_on_shell("awk \"{ print \\$$n }\""));
    CHECK_FALSE(depends_on_shell("sh -c 'echo $$'"));
}
