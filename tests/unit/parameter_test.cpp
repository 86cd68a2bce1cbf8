// Parameters: what their values may be, lists as words of a command, and files of variables.

#include <string>
#include <variant>

#include "orchestrator/definition/parameter_value.hpp"
#include "orchestrator/parts/env_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/planned.hpp"

using namespace pipectl;

namespace {

PlanRequest with(std::vector<std::pair<std::string, std::string>> set) {
    PlanRequest request;
    request.set = std::move(set);
    return request;
}

const std::string kTyped = R"([params]
few = { type = "integer", min = 0, max = 9, default = 5 }
rate = { type = "number", min = 0.5, default = 1 }
level = { choices = ["low", "high"], default = "low" }
nine = { choices = [1, 9], default = 9 }
file = { type = "path", default = "a/b.tar.gz" }
[[stage]]
name = "a"
run = ["x", "${few}", "${rate}", "${level}", "${nine}", "${file.stem}", "${file.name}"]
)";

const std::string kList = R"([params]
files = ["a b", "c"]
[[stage]]
name = "a"
run = ["x", "${files...}", "end"]
[[stage]]
name = "sh"
shell = "echo $files"
)";

/// "A=1 B=2", or "LINE: what is wrong".
std::string parsed(const std::string& text) {
    const auto result = parse_env_file(text);
    if (const auto* error = std::get_if<EnvFileError>(&result)) {
        return std::to_string(error->line) + ": " + error->message;
    }
    std::string all;
    for (const auto& [name, value] : std::get<Variables>(result)) {
        all += (all.empty() ? "" : "|") + name + "=" + value;
    }
    return all;
}

}  // namespace

TEST_CASE("a parameter's value is held against its type, choices and bounds", "[parameter]") {
    CHECK(planned_well(kTyped).command("a") == "x 5 1 low 9 b.tar b.tar.gz");
    CHECK(
        planned_well(kTyped, with({{"few", "0x9"}, {"rate", "2.5"}, {"nine", "1"}})).command("a") ==
        "x 0x9 2.5 low 1 b.tar b.tar.gz");
    CHECK(planned(kTyped, with({{"few", "10"}})).says("'few' is from 0 to 9, not '10'"));
    CHECK(planned(kTyped, with({{"few", "1.5"}})).says("'few' is a whole number, not '1.5'"));
    CHECK(planned(kTyped, with({{"rate", "0.4"}})).says("'rate' is at least 0.5, not '0.4'"));
    CHECK(planned(kTyped, with({{"level", "mid"}})).says("'level' is one of 'low' and 'high'"));
    CHECK(planned(kTyped, with({{"nine", "2"}})).says("'nine' is one of '1' and '9', not '2'"));
    CHECK(planned(kTyped, with({{"file", ""}})).says("'file' is the path of a file, not ''"));
}

TEST_CASE("each value of a list is a word of the command", "[parameter]") {
    const Planned usual = planned_well(kList);
    CHECK(usual.process("a").argv == std::vector<std::string>{"x", "a b", "c", "end"});
    CHECK(usual.variable("sh", "files") == "a b\nc");
    const Planned set = planned_well(kList, with({{"files", "1"}, {"files", "2"}}));
    CHECK(set.process("a").argv == std::vector<std::string>{"x", "1", "2", "end"});
    CHECK(planned("[params]\na = 'x'\n[[stage]]\nrun = ['x', '${a...}']\n").says("'a' is no list"));
    CHECK(planned("[params]\na = []\n[[stage]]\nrun = ['${a...}']\n").says("the command is empty"));
    CHECK(
        planned("[params]\na = ['x']\n[[stage]]\nrun = ['x', '${a}']\n").says("is one word here"));
}

TEST_CASE("a list's pattern is what was found for it", "[parameter]") {
    const std::string text =
        "[params]\na = { default = { glob = '*.x' } }\n[[stage]]\nname = 'a'\nrun = ['x', "
        "'${a...}']\n";
    PlanRequest request;
    request.matches["*.x"] = {"1.x", "2.x"};
    CHECK(planned_well(text, request).command("a") == "x 1.x 2.x");
    request.matches["*.x"] = {};
    CHECK(planned(text, request).says("no file matches '*.x'"));
}

TEST_CASE("a file of variables is read as sh reads it", "[parameter]") {
    CHECK(parsed("") == "");
    CHECK(parsed("# x\n\nA=1\r\nexport B='a b'\"c\\\"\\x\"\\ d # y\nC=\nD=a#b") ==
          "A=1|B=a bc\"\\x d|C=|D=a#b");
    CHECK(parsed("A='1\n2'\nB=x\\\ny\n") == "A=1\n2|B=xy");
    CHECK(parsed("A=1\nB=$HOME\n") == "2: '$' would be expanded by a shell, and is not here");
    CHECK(parsed("A='$x'\nB=\\$y\n") == "A=$x|B=$y");
    CHECK(parsed("A=a b\n") == "1: there is something behind the value of A");
    CHECK(parsed("A=a;b\n") == "1: one of ;&|<>() would end the value in a shell");
    CHECK(parsed("A = 1\n") == "1: 'A ' is no name of a variable");
    CHECK(parsed("\nA\n") == "2: 'A' is no NAME=VALUE");
    CHECK(parsed("A=1\nB='x\n") == "2: a single quote is not closed");
    CHECK(parsed("A=1\nB=\"x\n\n") == "2: a double quote is not closed");
}

TEST_CASE("variables of a file stand below [env] and above the environment", "[parameter]") {
    PlanRequest request;
    request.environment = {{"A", "outside"}, {"B", "outside"}};
    request.env_file = {{"A", "file"}, {"C", "file"}};
    const Planned p = planned_well(
        "[env]\nC = 'table'\n[[stage]]\nname = 'a'\nrun = ['x', '${env.A}', '${env.B}']\n",
        request);
    CHECK(p.command("a") == "x file outside");
    CHECK(p.variable("a", "A") == "file");
    CHECK(p.variable("a", "C") == "table");
}
