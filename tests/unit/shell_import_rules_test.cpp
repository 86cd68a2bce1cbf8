// What an imported definition does where bash does it in a way that is easily missed.

#include <string>
#include <variant>

#include "orchestrator/definition/parse.hpp"
#include "orchestrator/shell/shell.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/imported.hpp"

using namespace pipectl;
using namespace pipectl::shell;

namespace {

/// What --strict has against a text.
std::string against(const std::string& text) {
    RunText run;
    run.text = text;
    run.strict = true;
    std::string all;
    for (const Diagnostic& each : translate_for_run(run, machine()).diagnostics) {
        all += std::to_string(each.place.line) + ":" + std::to_string(each.place.column) + " " +
               each.message + "\n";
    }
    return all;
}

}  // namespace

TEST_CASE("what cannot be translated is no part of a circle") {
    RunText run;
    run.text = "join <(sort a) <(sort -k1,1\xff> b) | head";
    CHECK(translate_for_run(run, machine()).whole);
}

TEST_CASE("a stage that is a shell has all variables that it may use") {
    CHECK(holds(import_of("n=x; seq 2 | while IFS= read -r i; do echo \"$n-$i\"; done"),
                "env = { n = \"${n}\" }"));
    CHECK(holds(import_of("d=d; cat $d/{a,b}.txt | sort"), "env = { d = \"${d}\" }"));
    CHECK(holds(import_of("v=1; echo -e \"$v.0\" | cat"), "env = { v = \"${v}\" }"));
    CHECK(holds(import_of("x=n; n=7; echo \"${!x}\" | cat"), "x = \"${x}\", n = \"${n}\""));
    CHECK(holds(import_of("m=n; n=3; echo $((m + 1)) | cat"), "m = \"${m}\", n = \"${n}\""));
    CHECK(holds(import_of("f() { echo a/$x; }; x=1; f | cat"), "env = { x = \"${x}\" }"));
    CHECK(holds(import_of("c=f; f() { echo a; }; $c | cat"), "f() { echo a; }"));
    CHECK_FALSE(holds(import_of("n=x; m=y; echo -e $n | cat"), "m = \"${m}\""));
}

TEST_CASE("what the text does not export is not in the environment of its programs") {
    CHECK(holds(import_of("n=5; { ./prog \"$n\"; } | cat"), "export -n n\n"));
    CHECK(holds(import_of("n=5; head -$n f | { ./prog; } | cat"),
                "\"bash\", \"-c\", \"{ ./prog; }\""));
    CHECK_FALSE(holds(import_of("export n=5; { ./prog \"$n\"; } | cat"), "export -n"));
    CHECK_FALSE(holds(import_of("n=5; { tr a $n; } | cat"), "export -n"));
}

TEST_CASE("pipelines that may need one another come in their order, whatever writes the file") {
    for (const char* text :
         {"sort -o g f; head -1 g", "sed -i s/b/c/ f; head -1 f", "dd if=f of=h; wc -c < h",
          "awk '{print > \"h\"}' f; sort h", "./gen.sh; sort gen.out",
          "w() { sort f > h; }; w; sort h", "sh -c 'sort f > h'; sort h", "uniq f h; cat h",
          "sort f > \"$PWD/h\"; sort < \"$PWD/h\"", "sort f > $p/../d/h; cat d/h",
          "o=\"-o h\"; sort $o f; cat h", "seq 3 > h; ./prog", "head -1; cat",
          "(cd d; seq 3 > h) | cat; cat d/h", "mkdir d; sort f > d/o", "cp a b; cat b"}) {
        INFO(text);
        CHECK(holds(import_of(text), "after = [{ stage = "));
        CHECK(holds(import_of(text), "when = \"ended\""));
    }
    CHECK(holds(import_of("d=$1; sort f > $d/o; sort f >> $d/o"), "the two run in order"));
    CHECK(holds(import_of("mkfifo p; sort f > h; head -1 h; cat p & sort g > p; rm p"),
                "the two run in order"));
    for (const char* text :
         {"sort a > x; sort b > y; sort c", "seq 3; ./prog",
          "t=$(mktemp); ./prog > $t; wc -l < $t; rm $t", "sed -n 1p a; awk '$1 > 2' b",
          "grep \"$x\" a > y; head -n \"$n\" b"}) {
        INFO(import_of(text));
        CHECK_FALSE(holds(import_of(text), "order"));
    }
}

TEST_CASE("behind && a pipeline starts when the one before has ended well") {
    CHECK(holds(import_of("mkdir -p x && sort f > x/g"), "after = [\"mkdir\"]"));
    CHECK(holds(import_of("seq 1 && seq 2 && seq 3"), "after = [\"seq-2\"]"));
    CHECK(holds(import_of("a && b; c"), "after = [\"a\"]"));
    CHECK(holds(import_of("grep -q x f && sort f"), "after = [\"grep\"]"));
    CHECK_FALSE(holds(import_of("grep -q x f && sort f"), "ok ="));
    CHECK(holds(import_of("grep -q x f && sort f; sort g"), "{ grep -q x f && sort f; }"));
    CHECK(holds(import_of("a && b || c"), "'&&' runs the one behind it depending on"));
    CHECK(holds(import_of("[ -f x ] && sort x"), "'&&' runs the one behind it depending on"));
    CHECK_FALSE(holds(import_of("sort a && sort b"), "name = \"output\""));
}

TEST_CASE("a status that is no failure is good where the shell does not ask for it") {
    CHECK(holds(import_of("grep x f | sort"), "ok = [0, 1]"));
    CHECK(holds(import_of("find . | xargs grep x | wc -l"), "ok = [0, 123]"));
    CHECK_FALSE(holds(import_of("sort f | grep x"), "ok ="));
    CHECK_FALSE(holds(import_of("seq 3; grep x f"), "ok ="));
    CHECK(holds(import_of("diff a b > d; sort e"), "ok = [0, 1]"));
    CHECK_FALSE(holds(import_of("set -e; diff a b > d; sort e > g"), "ok ="));
    CHECK(holds(import_of("set -e; diff a b | sort > d; sort e"), "ok = [0, 1]"));
    CHECK(holds(import_of("set -e; diff a b > d; sort e"), "after = [\"diff\"]"));
    CHECK_FALSE(holds(import_of("set -o pipefail; grep x f | sort"), "ok ="));
    for (const char* end : {"exit 0", ":", "true"}) {
        CHECK(holds(import_of(std::string("diff f g > d; ") + end), "ok = \"any\""));
        CHECK_FALSE(holds(import_of(std::string("set -e; diff f g > d; ") + end), "ok ="));
    }
    CHECK_FALSE(holds(import_of("diff f g > d; exit"), "ok ="));
}

TEST_CASE("strict rules are told where they show, and the shell's can be had") {
    const std::string note = "# strict: a failure of 'ls' fails the run, where the shell would go";
    CHECK(holds(import_of("ls nope | wc -l"), note));
    CHECK(holds(import_of("ls nope 2>/dev/null | wc -l"), "ok = \"any\" forgives 'ls'"));
    CHECK_FALSE(holds(import_of("seq 3 | sort | head"), "strict"));
    CHECK_FALSE(holds(import_of("set -o pipefail; ls nope | wc -l"), "strict"));
    CHECK(holds(import_of("set -o pipefail; seq 3 > d; grep x f > g; wait"), "ok = [0, 1]"));
    CHECK(holds(import_of("diff a b > d"), "# strict: a failure of 'diff'"));
    CHECK(holds(import_of("diff a b >> d"), "# strict: a failure of 'diff'"));
    CHECK(holds(import_of("n=x; echo $((n + 1)) | cat"), "# strict: a failure of 'echo'"));
    const std::string loose = import_of("grep x f | sort > o", {.shell_rules = true});
    CHECK(holds(loose, "[pipeline]\nstrict = false\n"));
    CHECK(holds(loose, "{ file = \"o\", atomic = false }"));
    CHECK_FALSE(holds(loose, "ok ="));
    CHECK(holds(import_of("set -o pipefail; a | b", {.shell_rules = true}),
                "'pipefail' asks for each"));
}

TEST_CASE("a file that mv puts in place is an output") {
    for (const char* text :
         {"sort f > f.tmp; mv f.tmp f", "sort f > t && mv t f",
          "t=$(mktemp); sort f > \"$t\"; mv -f -- \"$t\" f",
          "t=$(mktemp) || exit 1; trap 'rm -f \"$t\"' EXIT\nsort f > $t && mv $t f"}) {
        CHECK(holds(import_of(text), "[[stage]]\nrun = [\"sort\", \"f\"]\nstdout = \"f\"\n"));
    }
    CHECK(holds(import_of("sort f > t; cat t; mv t g"), "after = "));
    CHECK(holds(import_of("sort f > t; mv t folder"), "after = "));
    CHECK_FALSE(holds(import_of("grep x f > t && mv t g"), "ok ="));
    CHECK_FALSE(holds(import_of("sort f > t; mv t g; tr a b < k > u; mv u h"), "\"mv\""));
    CHECK_FALSE(holds(import_of("cat g; sort f > t; mv t g; wc -l k"), "\"mv\""));
}

TEST_CASE("a file that is used below is moved where the text moves it") {
    for (const char* text : {"sort f > t; mv t g; cat g",
                             "sort f > t && mv t g; cat g",
                             "sort f > t; mv t g; cat < g",
                             "sort f > t; mv t g && cat g",
                             "sort f > t && mv t g && cat g",
                             "set -e; sort f > t; mv t g; head -1 g",
                             "sort g > t; mv t g; cat g",
                             "sort f > t; mv t g; grep --file=g k",
                             "sort f > t; mv t g; cat ./g | wc -l > n",
                             "sort f > t; mv t g; cat \"$PWD/g\"",
                             "sort f > t; mv t g; cat g*",
                             "sort f > t; mv t g; cat \"$x\"",
                             "sort f > t; mv t g; ls",
                             "sort f > t; mv t g; ./use-it",
                             "sort f > t; mv t g; cp g h",
                             "sort f > t; mv t g; sed -i s/a/b/ g",
                             "sort f > t; mv t g; echo x >> g",
                             "sort f > t; mv t g; tee h < g",
                             "sort f > t; mv t g; sh -c 'cat g'",
                             "w() { cat g; }; sort f > t; mv t g; w",
                             "sort f > t; mv t g; cat <(cat g)",
                             "sort f > t; mv t g; cat g || true",
                             "sort f > t; cat t*; mv t g",
                             "sort f > t; mv t g; wc -l --files0-from=k",
                             "sort f > t; mv t g; sort --files0-from=<(cat k)"}) {
        CAPTURE(text, import_of(text));
        CHECK(holds(import_of(text), "run = [\"mv\", \"t\", \"g\"]"));
        CHECK(holds(import_of(text), "stdout = { file = \"t\", atomic = false }"));
        CHECK(holds(import_of(text), "after = "));
    }
    CHECK(holds(import_of("t=$(mktemp); sort f > \"$t\"; mv \"$t\" g; cat g"),
                "{ t=$(mktemp); sort f > \"$t\"; mv \"$t\" g; }"));
}

TEST_CASE("what a tee prints is printed beside another pipeline's file") {
    CHECK(holds(import_of("seq 3 | tee k; cat f > g"), "from = \"seq\"\nrun = [\"cat\"]\n"));
}

TEST_CASE("functions that mean different things at different places are refused") {
    CHECK(holds(import_of("f() { echo 1; }; f | cat; f() { echo 2; }; f | cat"),
                "the function 'f' is defined twice"));
    CHECK(holds(import_of("f | cat; f() { echo 1; }"), "is used before it is defined"));
    CHECK(holds(import_of("rm() { echo 1; }; rm x | cat"), "stands for a command of this name"));
    CHECK(holds(import_of("f() { cat <<E\nhi\nE\n}; f | cat"), "f() { cat <<E\nhi\nE\n}"));
    CHECK(holds(import_of("f() { echo $n; }; f | cat; n=3; f | cat"), "is used before it is set"));
}

TEST_CASE("dash is taken only where it prints what bash prints") {
    for (const char* text :
         {"export q=1; { export -p; } | cat", "{ seq 2 > $x; } | cat", "cat *.txt | sort",
          "{ echo $((n + 1)); } | cat", "{ umask; } | cat", "{ IFS=: read -r a b; } | cat",
          "{ echo \"$(<f)\"; } | cat", "{ printf %b x; } | cat", "{ printf '%d\\n' \"$x\"; } | cat",
          "echo ${x#?} | cat", "{ read x; } | cat"}) {
        INFO(text);
        CHECK(holds(import_of(text), "[\"bash\", \"-c\""));
    }
    CHECK(holds(import_of("{ seq 2; seq 3; } | cat"), "shell = "));
    CHECK(holds(import_of("{ read -r x; tr a b; } | cat"), "shell = "));
}

TEST_CASE("a named pipe is seen in an option, and refused inside of another word") {
    CHECK(holds(import_of("mkfifo x; seq 3 > x & grep --file=x f; rm x"), "--file=${in.seq}"));
    CHECK(holds(import_of("t=$(mktemp); seq 3 > $t; grep --file=\"$t\" f; rm $t"),
                "--file=${in.seq}"));
    CHECK(holds(import_of("mkfifo x; seq 3 > x & grep -fx f; rm x"),
                "1:28 'x' stands inside of a longer word\n"));
    CHECK_FALSE(holds(import_of("mkfifo x; seq 3 > x & grep -fx f; rm x"), "nothing reads"));
    CHECK(import_of("mkfifo x; seq 3 > x & while read i; do echo $i; done < x; rm x") ==
          "1:23 a loop is not a pipeline\n");
}

TEST_CASE("an argument of the script is a parameter") {
    const std::string made = import_of("sort \"${1:-f}\" | head -n \"$2\"");
    CHECK(holds(made, "arg1 = { help = \"argument 1\", default = \"f\" }"));
    CHECK(holds(made, "arg2 = { help = \"argument 2\", required = true }"));
    CHECK(holds(made, "run = [\"sort\", \"${arg1}\"]"));
    CHECK(holds(import_of("cat {\"$1\",x} | sort"), "\"bash\", \"${arg1}\"]"));
    CHECK(holds(import_of("sort \"$@\""), "'$@' stands for all arguments"));
    CHECK(holds(import_of("sort $1 | cat ${1:-x}"), "'$1' is used in different ways"));
}

TEST_CASE("bytes that are not UTF-8 stay escapes of a shell") {
    CHECK(holds(import_of("printf $'\\xff' | wc -c"), "printf $'\\\\xff'"));
}

TEST_CASE("a strict run covers a text or says why not") {
    CHECK(against("seq 3 | sort").empty());
    CHECK(against("set -e; seq 3 | sort").empty());
    CHECK(against("(seq 5; exit 3) | wc -l").empty());
    CHECK(against("seq 3 | sort\nseq 4") == "2:1 --strict does not cover a second pipeline\n");
    CHECK(against("a && b") == "1:1 --strict does not cover '&&' and '||'\n");
    CHECK(against("for i in 1; do a; done") == "1:1 --strict does not cover a loop\n");
    CHECK(holds(against("{ a | b; } | c"), "1:1 --strict does not cover a pipeline inside"));
    CHECK(holds(against("echo $(a | b) | c"), "a pipeline inside"));
    CHECK(holds(against("f() { a | b; }; f | c"), "a pipeline inside"));
    CHECK(holds(against("set -x; a"), "'set -x'"));
    CHECK(holds(against("a | b 'c"), "not closed"));
}

TEST_CASE("a strict run writes the files of a shell's stage itself or says why not") {
    for (const char* text :
         {"(exit 4) > out", "grep x *.log >> out", "a | { b; } 2> err", "a | { b; } &> out",
          "a | while read x; do b; done > out 2> err", "f() { a; }; b | f > out",
          "o=out; d=.; sort *.log > \"$d/$o\"", "a *.log < \"$x\" > out", "cat <<E > out\n$x\nE",
          "a | { b > /dev/null; } > out", "a | { b; } > >(c)"}) {
        CAPTURE(text);
        CHECK(against(text).empty());
    }
    for (const char* text : {"(a) > $x", "(a) > ~/out", "(a) > *.log", "(a) > out > log",
                             "(a) > out 2> out", "(a) 3> out", "(a) 2>&1 > out"}) {
        CAPTURE(text);
        CHECK(holds(against(text), "--strict does not cover a file that only a shell can open"));
    }
    for (const char* text :
         {"{ a > out; }", "a | while read x; do b >> out; done", "f() { a > out; }; f | b",
          "echo $(a > out) | b", "echo `a > out` | b"}) {
        CAPTURE(text);
        CHECK(holds(against(text), "a file that is written inside of what a shell runs"));
    }
    RunText loose;
    loose.text = "(exit 4) > out";
    CHECK(translate_for_run(loose, machine()).definition.stages.at(0).out.index() == 0);
    loose.strict = true;
    CHECK(std::holds_alternative<FileOutput>(
        translate_for_run(loose, machine()).definition.stages.at(0).out));
}
