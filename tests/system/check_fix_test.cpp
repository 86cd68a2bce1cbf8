// pipectl check --fix: what is certain is mended where it stands, and nothing else.

#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

RunResult check_x(const TemporaryFolder& folder, const std::vector<std::string>& options = {}) {
    std::vector<std::string> words = {"check"};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(folder.path("x.toml"));
    return pipectl_says(words);
}

struct Slip {
    std::string wrong;
    std::string right;
};

}  // namespace

TEST_CASE("check --fix mends slips of which one right form is known", "[check]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string head = "# kept\n[[stage]]  # this too\nname = 'first'\nrun = ['true']\n";
    const Slip slips[] = {
        {"timout = '5s'", "timeout = '5s'"}, {"timeout = \"5 minutes\"", "timeout = \"5m\""},
        {"nice = '5'", "nice = 5"},          {"native = \"true\"", "native = true"},
        {"native = True", "native = true"},  {"working_directory = '/'", "cwd = '/'"},
        {"out = 'x'", "stdout = 'x'"},       {"environment = { A = 'b' }", "env = { A = 'b' }"},
        {"cwd = “/”", "cwd = \"/\""},
    };
    for (const Slip& slip : slips) {
        INFO(slip.wrong);
        folder.write("x.toml", head + slip.wrong + "  # as it was\n");
        CHECK(check_x(folder).status == exited(1));
        const RunResult fixed = check_x(folder, {"--fix"});
        CHECK(fixed.status == exited(0));
        CHECK_THAT(fixed.err, ContainsSubstring("x.toml:5:"));
        CHECK_THAT(fixed.err, ContainsSubstring(": fixed: "));
        CHECK(folder.read("x.toml") == head + slip.right + "  # as it was\n");
    }
}

TEST_CASE("check --fix mends several, in commands, names and channels", "[check]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("x.toml",
                 "[[stage]]\nname = 'numbers'\ncommand = [\"seq\", \"3\"]\n"
                 "[[stage]]\nrun = 'sort -n'\nfrom = 'nubmers'\nvia = \"piep\"\n");
    CHECK(check_x(folder, {"--fix"}).status == exited(0));
    CHECK(folder.read("x.toml") ==
          "[[stage]]\nname = 'numbers'\nrun = [\"seq\", \"3\"]\n"
          "[[stage]]\nshell = 'sort -n'\nfrom = 'numbers'\nvia = \"pipe\"\n");
}

TEST_CASE("check --fix leaves what is not certain, and says it as ever", "[check]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    for (const std::string text :
         {"[[stage]]\nrun = ['true']\nfrobnicate = 1\n",
          "[[stage]]\nrun = ['true']\ndepends_on = ['x']\n", "[[stage]]\nrun = ['true'\n"}) {
        folder.write("x.toml", text);
        const RunResult plain = check_x(folder);
        const RunResult fixed = check_x(folder, {"--fix"});
        CHECK(fixed.status == exited(1));
        CHECK(fixed.err == plain.err);
        CHECK(folder.read("x.toml") == text);
    }
    CHECK(pipectl_says({"check", "--fix", "-"}).status == exited(125));
}

TEST_CASE("check --json has what --fix would write", "[check]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("x.toml", "[[stage]]\nrun = ['true']\nvia = 'piep'\n");
    CHECK_THAT(
        check_x(folder, {"--json"}).out,
        ContainsSubstring(R"("fix": {"line": 3, "column": 7, "length": 6, "text": "'pipe'"})"));
}
