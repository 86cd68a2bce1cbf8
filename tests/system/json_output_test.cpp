// --json: every command that prints for people has it, and then prints one JSON document.

#include <string>
#include <vector>

#include "orchestrator/json/json_value.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl;
using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::string_view kTwoStages =
    "[[stage]]\nname = 'first'\nrun = ['seq', '3']\n[[stage]]\nname = 'second'\nrun = ['cat']\n";

/// What the command prints; it must be one document, and nothing else be said.
std::string printed(const std::vector<std::string>& words, const RunOptions& options,
                    int status = 0) {
    const RunResult result = pipectl_says(words, options);
    INFO(to_text(result));
    CHECK(result.status == exited(status));
    CHECK(result.err.empty());
    CHECK_NOTHROW(parse_json(result.out));
    return result.out;
}

}  // namespace

TEST_CASE("every command that prints for people has --json", "[json]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("p.toml", kTwoStages);
    RunOptions options;
    options.cwd = folder.path();
    options.environment = {"XDG_STATE_HOME=" + folder.path("state")};
    REQUIRE(pipectl_says({"run", "p.toml", "--json", "record"}, options).status == exited(0));
    const std::vector<std::vector<std::string>> calls = {
        {"check", "p.toml"},
        {"plan", "p.toml"},
        {"graph", "p.toml"},
        {"ps"},
        {"top"},
        {"history"},
        {"history", "show", "last"},
        {"history", "diff", "p", "p"},
        {"report", "record"},
        {"ipc", "ls"},
        {"ipc", "clean", "--dry-run"},
        {"channels"},
        {"doctor"},
        {"bench", "--channels", "pipe", "--time", "1ms"}};
    for (std::vector<std::string> words : calls) {
        words.emplace_back("--json");
        INFO(words.front());
        CHECK_FALSE(printed(words, options).empty());
    }
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"plan", "p.toml"}, {"graph", "p.toml"}, {"channels"}}) {
        std::vector<std::string> both = words;
        both.insert(both.end(), {"--format", "json"});
        std::vector<std::string> alone = words;
        alone.emplace_back("--json");
        CHECK(printed(alone, options) == printed(both, options));
    }
    CHECK(printed({"report", "record", "--json"}, options) == folder.read("record"));
}

TEST_CASE("check --json has every file, and every diagnostic with its place", "[json]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("good.toml", kTwoStages);
    folder.write("bad.toml", "[[stage]]\nrun = ['cat']\nnmae = 'x'\n");
    RunOptions options;
    options.cwd = folder.path();
    const JsonDocument document =
        parse_json(printed({"check", "--json", "good.toml", "bad.toml", "none.toml"}, options, 1));
    const std::vector<JsonValue> files = JsonValue(*document, "").elements();
    REQUIRE(files.size() == 3);
    CHECK(files[0].at("file").text() == "good.toml");
    CHECK(files[0].at("ok").flag());
    CHECK(files[0].at("stages").whole(0) == 2);
    CHECK(files[0].at("diagnostics").elements().empty());
    CHECK_FALSE(files[1].at("ok").flag());
    const std::vector<JsonValue> found = files[1].at("diagnostics").elements();
    REQUIRE(found.size() == 1);
    CHECK(found[0].at("severity").text() == "error");
    CHECK(found[0].at("line").whole(1) == 3);
    CHECK(found[0].at("column").whole(1) == 1);
    CHECK(found[0].at("length").whole(1) == 4);
    CHECK(found[0].at("message").text() == "unknown key 'nmae' in a stage; did you mean 'name'?");
    CHECK_FALSE(files[2].find("stages"));
    CHECK_THAT(files[2].at("diagnostics").elements().at(0).at("message").text(),
               ContainsSubstring("cannot open 'none.toml'"));
    CHECK(printed({"check", "--json", "--quiet", "good.toml"}, options) == "[]\n");
}

TEST_CASE("a definition with errors leaves stdout empty, also with --json", "[json]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string file = folder.write("bad.toml", "nmae = 1\n");
    for (const char* const command : {"plan", "graph"}) {
        const RunResult result = pipectl_says({command, "--json", file});
        INFO(to_text(result));
        CHECK(result.status == exited(125));
        CHECK(result.out.empty());
        CHECK_THAT(result.err, ContainsSubstring("unknown key 'nmae'"));
    }
}
