#include <string>

#include "orchestrator/definition/parse.hpp"
#include "orchestrator/shell/shell.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;
using namespace pipectl::shell;

namespace {

Machine machine_with_file() {
    return {[](const std::string& path) {
                return path == "there" ? FileKind::regular : FileKind::missing;
            },
            [](const std::string&) { return false; }};
}

/// The definition of a text that must be imported; it must be a good one.
std::string imported(const std::string& text, bool wrap = false) {
    ImportOptions options;
    options.wrap = wrap;
    const SourceText source{"text", text};
    const ImportResult result = import_text(source, options, machine_with_file());
    INFO(render_diagnostics(source, result.diagnostics, false));
    REQUIRE(result.definitions.size() == 1);
    const Imported& made = result.definitions.front();
    const SourceText written{"written", write_definition(made.definition, made.comments)};
    const ParseResult read = parse_definition(written);
    INFO(render_diagnostics(written, read.diagnostics, false));
    REQUIRE(read.diagnostics.empty());
    return written.text;
}

/// The definition alone.
std::string without_note(const std::string& text) {
    return text.starts_with("# strict: ") ? text.substr(text.find("\n\n") + 2) : text;
}

/// "line:column message", one a line.
std::string refused(const std::string& text) {
    const ImportResult result = import_text({"text", text}, {}, machine_with_file());
    CHECK(result.definitions.empty());
    std::string all;
    for (const Diagnostic& each : result.diagnostics) {
        all += std::to_string(each.place.line) + ":" + std::to_string(each.place.column) + " " +
               each.message + "\n";
    }
    return all;
}

}  // namespace

TEST_CASE("a chain becomes stages with resolved words") {
    CHECK(without_note(imported("tr A-Z a-z < in | grep -v '^$' | sort > 'a b'")) == R"([[stage]]
stdin = "in"
run = ["tr", "A-Z", "a-z"]

[[stage]]
run = ["grep", "-v", "^$"]
ok = [0, 1]

[[stage]]
run = ["sort"]
stdout = "a b"
)");
}

TEST_CASE("what needs a shell in one stage stays there") {
    CHECK(without_note(imported("cat ~/x | { read -r x; cat; } 2>/dev/null")) == R"([[stage]]
name = "cat"
shell = "cat ~/x"

[[stage]]
name = "cat-2"
shell = "{ read -r x; cat; }"
stderr = { null = true }
)");
    // what dash does in another way is bash's
    CHECK(imported("echo -e 'a\\n' | cat").find("run = [\"bash\", \"-c\"") != std::string::npos);
}

TEST_CASE("variables become parameters and the environment") {
    CHECK(imported("top=20\nin=${1:-words.txt}\nexport LC_ALL=C\nhead -n $top \"$in\"") ==
          R"([params]
top = { default = 20 }
in = { default = "words.txt" }

[env]
LC_ALL = "C"

[[stage]]
run = ["head", "-n", "${top}", "${in}"]
)");
}

TEST_CASE("a literal reference to a variable is not one of a definition") {
    CHECK(imported("awk '{ print \"${x}\" }'") == R"([[stage]]
run = ["awk", '{ print "$${x}" }']
)");
}

TEST_CASE("process substitution and named pipes become edges") {
    CHECK(without_note(imported("comm -12 <(sort a) <(sort b)")) == R"([[stage]]
name = "sort"
run = ["sort", "a"]

[[stage]]
name = "sort-2"
stdin = { null = true }
run = ["sort", "b"]

[[stage]]
inputs = { sort = "sort", sort-2 = "sort-2" }
run = ["comm", "-12", "${in.sort}", "${in.sort-2}"]
)");
    CHECK(imported("mkfifo x; seq 5 > x & sort -r < x; rm x") == R"([[stage]]
stdin = { null = true }
run = ["seq", "5"]

[[stage]]
run = ["sort", "-r"]
)");
}

TEST_CASE("tee and temporary files become fan-out") {
    const std::string tee = imported("seq 3 | tee all >(wc -l > count) | tail -n 1");
    CHECK(tee.find("name = \"seq\"") != std::string::npos);
    CHECK(tee.find("stdout = \"all\"") != std::string::npos);
    CHECK(tee.find("from = \"seq\"\nrun = [\"wc\", \"-l\"]\nstdout = \"count\"") !=
          std::string::npos);
    const std::string file =
        imported("t=$(mktemp)\nsort in > \"$t\"\nhead -n 1 < $t\ntail -n 1 < $t\nrm -f \"$t\"");
    CHECK(file.find("from = \"sort\"\nrun = [\"tail\"") != std::string::npos);
    CHECK(file.find("from = [\"head\", \"tail\"]\nrun = [\"cat\"]") != std::string::npos);
}

TEST_CASE("comments stay above what they are about") {
    CHECK(imported("#!/bin/sh\n# All of it.\n\nseq 3 |  # numbers\n  # turned round\n  tac\n") ==
          "# All of it.\n\n# numbers\n[[stage]]\nrun = [\"seq\", \"3\"]\n\n# turned round\n"
          "[[stage]]\nrun = [\"tac\"]\n");
}

TEST_CASE("all reasons against an import come at once") {
    CHECK(refused("exec > f\nfor i in 1; do a; done\na || b\nx=$(date)\ncat $(ls) | sort\n") ==
          "1:1 'exec' changes the descriptors of what follows\n"
          "2:1 a loop is not a pipeline\n"
          "3:3 '||' runs the one behind it depending on the status of the other\n"
          "4:1 a variable that gets a command's output\n"
          "5:5 a command's output as an argument\n");
    CHECK(refused("a > f\nb > f\n") ==
          "2:1 this writes 'f', which line 1 writes: the two run in order\n");
    CHECK(refused("mkfifo x y; a < x > y & b < y > x; rm x y").find("waits for its own output") !=
          std::string::npos);
    CHECK(refused("a & b") == "1:1 a job in the background\n");
}

TEST_CASE("with wrap, what would be refused is one stage of a shell") {
    CHECK(without_note(imported("cat $(ls) | sort", true)) ==
          "[[stage]]\nname = \"cat\"\nshell = \"cat $(ls)\"\n\n[[stage]]\nrun = [\"sort\"]\n");
    CHECK(imported("a || b", true) == "[[stage]]\nrun = [\"bash\", \"-c\", \"a || b\"]\n");
}

TEST_CASE("hostile words come out as they went in", "[S16]") {
    const std::string word = "'\"\"\" \\ \x01 \x7f ${in.x} # \t'";
    const std::string text = imported("printf2 " + word + " \"'''\" $'a\\nb\\n'");
    const Definition read = parse_definition({"written", text}).definition;
    const auto& run = read.stages.at(0).run;
    CHECK(run.at(1).pieces.at(0).value == word.substr(1, word.size() - 2));
    CHECK(run.at(2).pieces.at(0).value == "'''");
    CHECK(run.at(3).pieces.at(0).value == "a\nb\n");
}

TEST_CASE("a run gives to bash what it is not sure of") {
    const auto stages = [](const std::string& text) {
        RunText run;
        run.text = text;
        const RunTranslation made = translate_for_run(run, machine_with_file());
        std::string all;
        for (const Stage& stage : made.definition.stages) {
            all += (all.empty() ? "" : " ") + stage.run.front().pieces.front().value;
        }
        return made.whole ? "whole" : all;
    };
    CHECK(stages("seq 3 | sort -r | head -n 1") == "seq sort head");
    CHECK(stages("seq $n | sort > out 2>&1") == "bash sort");
    CHECK(stages("echo -e a | cat < missing") == "bash bash");
    CHECK(stages("a | b && c") == "whole");
    CHECK(stages("a; b") == "whole");
    CHECK(stages("a | b 'c") == "whole");
    CHECK(stages("echo $$ | cat") == "whole");
    CHECK(stages("a < there | b") == "a b");
    CHECK(stages("f() { tr a b; }; a | f | c") == "a bash c");
    CHECK(stages("mkfifo x; a > x & b < x; rm x") == "a b");
    CHECK(stages("yes | tee >(head) | head") == "yes tee head head");
}
