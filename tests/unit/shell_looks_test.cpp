// Words that look like a shell's, and those that only seem to.

#include "orchestrator/definition/shell_looks.hpp"

#include "orchestrator/definition/parse.hpp"
#include "orchestrator/process/missing_program.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;
using Words = std::vector<std::string>;

namespace {

/// The hints of all words that look like a shell's, one a line.
std::string hints(const Words& words) {
    std::string all;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (const auto look = shell_look_of_word(words, i)) all += look->hint + "\n";
    }
    return all;
}

bool hint_says(const Words& words, const std::string& part) {
    INFO(words.back());
    return hints(words).find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("words that a shell would act on are told, with what a definition has instead") {
    CHECK(hint_says({"cat", "f", "|", "sort"}, "a stage of its own"));
    CHECK(hint_says({"cat", "f", ">", "out"}, "stdout = \"out\""));
    CHECK(hint_says({"cat", "f", ">>", "out"}, "stdout = { file = \"out\", append = true }"));
    CHECK(hint_says({"cat", "f", ">out"}, "stdout = \"out\""));
    CHECK(hint_says({"sort", "<", "in"}, "stdin = \"in\""));
    CHECK(hint_says({"cat", "f", "2>/dev/null"}, "stderr = { null = true }"));
    CHECK(hint_says({"cat", "f", "2>", "err"}, "stderr = \"err\""));
    CHECK(hint_says({"cat", "f", "2>&1"}, "stderr = \"stdout\""));
    CHECK(hint_says({"make", "&&", "make", "test"}, "shell = "));
    CHECK(hint_says({"sleep", "5", "&"}, "side by side"));
    CHECK(hint_says({"cat", "*.toml"}, "shell = \"cat .. *.toml\""));
    CHECK(hint_says({"wc", "-l", "f", "in/*.log"}, "shell = "));
    CHECK(hint_says({"cat", "~/x"}, "${env.HOME}/x"));
    CHECK(hint_says({"cat", "$HOME/x"}, "${env.HOME}"));
    CHECK(hint_says({"cat", "--file=$HOME/x"}, "${env.HOME}"));
    CHECK(hint_says({"cat", "log-$(date).txt"}, "parameter"));
    CHECK(hint_says({"cat", "`date`"}, "parameter"));
    CHECK(hint_says({"~/bin/tool"}, "${env.HOME}/bin/tool"));
    CHECK(hint_says({"grep", "-r", "x", "f", "2>/dev/null"}, "stderr = { null = true }"));
}

TEST_CASE("words that are meant as they are raise no alarm") {
    for (const Words& words :
         std::vector<Words>{{"tr", "|", ","},
                            {"tr", ",", "|"},
                            {"tr", "&", "x"},
                            {"cut", "-d", "|", "-f", "2"},
                            {"cut", "-d;", "-f2"},
                            {"sort", "-t", "|", "-k2"},
                            {"sort", "-t", ";", "file"},
                            {"awk", "-F", "|", "{ print $NF }"},
                            {"awk", "$3 > 5 && $4 < 6 { print $1 }"},
                            {"awk", "$NF"},
                            {"awk", "-v", "min=5", "$(NF-1) > min"},
                            {"sed", "-e", "s/.*//", "-e", "s|a|b|"},
                            {"sed", "s/$HOME/x/"},
                            {"su", "bob", "-c", "echo $(date)"},
                            {"grep", "foo.*"},
                            {"grep", "-E", "a|b"},
                            {"grep", "<html>"},
                            {"grep", "^>"},
                            {"grep", "--include=*.c", "-r", "x", "."},
                            {"perl", "-ne", "print if /x/ && !/y/; $n = $_"},
                            {"jq", ".[] | select(.a > 5)"},
                            {"find", ".", "-name", "*.toml", "-exec", "cat", "{}", ";"},
                            {"git", "ls-files", "*.c"},
                            {"rsync", "-a", "--exclude", "*.o", "a/", "b/"},
                            {"tar", "--exclude", "*.o", "-c", "x"},
                            {"expr", "2", "*", "3"},
                            {"test", "a", ">", "b"},
                            {"sh", "-c", "cat *.log | sort > $HOME/out"},
                            {"bash", "-ec", "x=$(date); echo $x"},
                            {"env", "bash", "-c", "echo $HOME"},
                            {"ssh", "host", "cat *.log | sort"},
                            {"envsubst", "$HOME"},
                            {"echo", "a & b", "<p>", "1 > 0"},
                            {"date", "+%Y-%m-%d"},
                            {"printf", "%s\\n"},
                            {"curl", "https://x/?a=1&b=2"},
                            {"echo", "${env.HOME}/x", "$${x}"},
                            {"python3", "-c", "print(1 > 0)"},
                            {"split", "-b", "1M", "-", "part."}}) {
        INFO(words.front() << " " << words.back());
        CHECK(hints(words).empty());
    }
}

TEST_CASE("paths and variables that look like a shell's are told") {
    const auto path = [](const std::string& text) {
        const auto look = shell_look_of_path(text, "stdout");
        return look ? look->hint : std::string();
    };
    CHECK(path(">> log") == "stdout = { file = \"log\", append = true }");
    CHECK(path("> log") == "stdout = \"log\"");
    CHECK(path(">/dev/null") == "stdout = { null = true }");
    CHECK(path("| sort") == "what reads it is a stage of its own");
    CHECK(path("~/log").find("${env.HOME}/log") != std::string::npos);
    CHECK(path("$HOME/log").find("${env.HOME}") != std::string::npos);
    CHECK_FALSE(path("log-$(date)").empty());
    CHECK_FALSE(path("*.log").empty());
    for (const char* good : {"log", "${env.HOME}/log", "a&b", "a>b", "x~", "a b", "l\xc3\xb6g"}) {
        INFO(good);
        CHECK(path(good).empty());
    }
    CHECK(shell_look_of_variable("/opt/bin:$PATH"));
    CHECK(shell_look_of_variable("~/lib"));
    CHECK_FALSE(shell_look_of_variable("${env.PATH}:/x"));
    CHECK_FALSE(shell_look_of_variable("cost: 5$"));
}

TEST_CASE("in a definition they are warnings at the word") {
    const ParseResult read = parse_definition(
        {"x",
         "[[stage]]\nrun = [\"cat\", \"*.log\", \">\", \"x\"]\nstdout = \">> log\"\ncwd = \"~\"\n"
         "env = { P = \"$PATH\" }\n"});
    REQUIRE(read.diagnostics.size() == 5);
    CHECK_FALSE(has_errors(read.diagnostics));
    CHECK(read.diagnostics[0].place == Place{2, 15});
    CHECK(read.diagnostics[0].length == 7);
}

TEST_CASE("a program that is not there may be several words, or a shell's own") {
    CHECK(hint_for_missing({"sudo sort"}) == "one text for each word: run = [\"sudo\", \"sort\"]");
    CHECK(hint_for_missing({"a | b"}) == "a line for a shell: shell = \"..\"");
    CHECK(hint_for_missing({"cd", "/tmp"}) == "the folder of a stage: cwd = \"/tmp\"");
    CHECK(hint_for_missing({"LC_ALL=C", "sort"}) ==
          "variables of a stage: env = { LC_ALL = \"C\" }");
    CHECK(hint_for_missing({"export", "A=b"}).find("env = ") != std::string::npos);
    CHECK(hint_for_missing({"srot"}).empty());
    CHECK(hint_for_missing({}).empty());
}
