// Whole scripts: statements as steps that a shell runs, loops as [for-each], the script's own
// folder.

#include "tests/unit/imported.hpp"

using namespace pipectl::shell;

TEST_CASE("what only a shell can run becomes a step where nothing else depends on it") {
    const std::string loop = import_of("for i in 1 2; do a; b; done\nsort x\n");
    CHECK(holds(loop, "{ for i in 1 2; do a; b; done; }"));
    CHECK(holds(loop, "after = [{ stage = \"a\", when = \"ended\" }]"));
    CHECK(holds(loop, "# a shell runs what begins on line 1, by the shell's rules inside of it"));
    // with all that uses what is set in it
    CHECK(holds(import_of("n=$(ls)\na $n\nsort x\n"), "{ n=$(ls)\na $n; }"));
    CHECK(holds(import_of("n=$(ls)\ncat <<E\n$n\nE\nsort x\n"), "{ n=$(ls)\ncat <<E; }\n$n\nE\n"));
    CHECK(holds(import_of("f() { n=1; }\nif f; then a; fi\nb $n\nsort x\n"), "fi\nb $n; }"));
    CHECK(holds(import_of("t=$(mktemp)\nif a; then b > $t; fi\nsort x\n"), "{ t=$(mktemp)\nif"));
    // what only looks like the variable
    CHECK(holds(import_of("for n in 1 2; do a; b; done\nsort -n x\n"), "run = [\"sort\", \"-n\""));
    // a script that may end there
    CHECK(holds(import_of("[ -r x ] || exit 1\nsort x\n"), "after = [\"sh\"]"));
    CHECK(holds(import_of("set -e\nif a; then b; fi\nsort x\n"), "{ set -e; if a; then b; fi; }"));
    CHECK(holds(import_of("a > f\nb > f\nsort x\n"), "{ a > f\nb > f; }"));
}

TEST_CASE("a text of which nothing but one shell would be left is refused") {
    for (const char* text : {"while read x; do a; done", "n=$(ls); echo $n", "cd $x; sort y",
                             "if a; then exit; fi\nsort x\n"}) {
        CAPTURE(text);
        CHECK_FALSE(holds(import_of(text), "[[stage]]"));
        CHECK(holds(import_of(text, {.wrap = true}), "\"bash\", \"-c\""));
    }
}

TEST_CASE("a loop over files or words is a for-each") {
    const std::string files = import_of(
        "mkdir -p out\nfor f in in/*.log; do\n  n=$(basename \"$f\" .log)\n"
        "  grep -v x \"$f\" | sort > \"out/$n.txt\"\ndone\n");
    CHECK(holds(files, "each = { f = { glob = \"in/*.log\" } }"));
    CHECK(holds(files, "jobs = 1\nhalt = \"never\""));
    CHECK(holds(files, "stdout = \"out/${f.stem}.txt\""));
    CHECK(holds(files, "run = [\"grep\", \"-v\", \"x\", \"${f}\"]"));
    CHECK(holds(import_of("set -e\nfor w in a b; do seq 3 | tr 1 $w; done"),
                "halt = \"now\"\neach = { w = [\"a\", \"b\"] }"));
    CHECK(holds(import_of("for f in *; do sort ${f##*/}; done"), "\"${f.name}\""));
    // two items would write one file; the status is the last one's; words that only a shell knows
    for (const char* text :
         {"for f in a b; do sort $f > x; done", "for f in a b; do grep x $f; done",
          "for f in $(ls); do sort $f; done", "for f; do sort $f; done"}) {
        CAPTURE(text);
        CHECK_FALSE(holds(import_of(text), "for-each"));
    }
}

TEST_CASE("a script that works where it stands has a definition that does") {
    for (const char* cd : {"cd \"$(dirname \"$0\")\"", "cd \"${0%/*}\" || exit 1",
                           "cd -- \"$(dirname -- \"${BASH_SOURCE[0]}\")\""}) {
        const std::string made = import_of(std::string(cd) + "\nsort x > y\n");
        CAPTURE(made);
        CHECK(holds(made, "[pipeline]\ncwd = \".\"\n"));
        CHECK(holds(made, "run = [\"sort\", \"x\"]"));
    }
    const std::string folder = import_of("cd logs || exit 1\nsort x | uniq > y\n");
    CHECK(holds(folder, "cwd = \"logs\"\n"));
    CHECK(holds(folder, "stdout = \"logs/y\"\n"));
    CHECK_FALSE(holds(import_of("o=y\ncd logs\nsort x > $o\n"), "[[stage]]"));
    CHECK(holds(import_of("sort x\ncd \"$(dirname \"$0\")\"\nsort y\n"), "cd"));
}
