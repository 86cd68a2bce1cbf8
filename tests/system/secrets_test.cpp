// The value of a secret parameter is in nothing that pipectl writes: all of it is searched.

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr const char* kSecret = "hunter2hunter2";
constexpr const char* kSetting = "token=hunter2hunter2";

const std::string kParameters = "[params]\ntoken = { secret = true, env = 'PIPECTL_TEST_TOKEN' }\n";

/// A stage that says its secret in every way it has, and fails.
const std::string kLoud =
    kParameters + "[env]\nTOK = '${token}'\n" +
    stage("arg", {"sh", "-c", "exec 0<&-; sleep 60", "${token}", "x=${token}y"}) +
    shell("loud", "echo oops $TOK $token >&2; exit 3",
          {"stdin = { text = '${token}' }", "stderr = 'sec.err'"});

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The files below a folder in which the secret stands.
std::vector<std::string> files_with_secret(const std::string& folder) {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file() &&
            content_of(entry.path()).find(kSecret) != std::string::npos) {
            found.push_back(entry.path().filename().string());
        }
    }
    return found;
}

RunResult pipectl_in(const TemporaryFolder& folder, std::vector<std::string> words,
                     std::vector<std::string> environment = {}) {
    RunOptions options;
    options.cwd = folder.path();
    options.environment = std::move(environment);
    words.insert(words.begin(), PIPECTL_BINARY);
    return run(words, options);
}

void check_silent(const RunResult& result) {
    INFO(to_text(result));
    CHECK(result.out.find(kSecret) == std::string::npos);
    CHECK(result.err.find(kSecret) == std::string::npos);
}

}  // namespace

TEST_CASE("nothing that a failed run writes holds a secret", "[secrets][R48][S15]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    RunOptions options;
    options.environment = {"XDG_STATE_HOME=" + folder.path("state"), "PIPECTL_HISTORY"};
    const RunResult result = run_pipectl(folder, kLoud,
                                         {"--set", kSetting, "--json", "s.json", "--html", "s.html",
                                          "--events", "s.events", "--joblog", "s.log", "--summary"},
                                         options);
    check_silent(result);
    CHECK(result.status == exited(3));
    CHECK_THAT(result.err, ContainsSubstring("oops *** ***"));
    // the stage's own file is its own
    CHECK(files_with_secret(folder.path()) == std::vector<std::string>{"sec.err"});
    CHECK_THAT(folder.read("s.json"), ContainsSubstring("x=***y"));
    CHECK(std::filesystem::exists(folder.path("state/pipectl/spool")));
}

TEST_CASE("nothing that looks at a definition shows a secret", "[secrets][R48][S15]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("p.toml", kLoud);
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"plan"},
                                               {"plan", "--json"},
                                               {"check"},
                                               {"export"},
                                               {"run", "--dry-run"},
                                               {"graph", "--format", "svg"},
                                               {"graph", "--format", "dot"}}) {
        std::vector<std::string> all = words;
        all.insert(all.end(), {"p.toml", "--set", kSetting});
        check_silent(pipectl_in(folder, all));
    }
    folder.write("default.toml", "[params]\ntoken = { secret = true, default = '" +
                                     std::string(kSecret) + "', helq = 1 }\n" +
                                     stage("a", {"no-such-program-" + std::string(kSecret)}));
    for (const char* command : {"check", "plan", "run", "export", "compare"}) {
        const RunResult result = pipectl_in(folder, {command, "default.toml"});
        check_silent(result);
        CHECK_THAT(result.err, ContainsSubstring("default = '**************', helq"));
    }
    folder.write("missing.toml", kParameters + stage("a", {"no-such-${token}"}));
    check_silent(pipectl_in(folder, {"run", "missing.toml", "--set", kSetting}));
}

TEST_CASE("a comparison that fails shows no secret", "[secrets][compare][R48]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("p.toml",
                 kParameters + shell("a", "echo oops $token >&2; exit 3") + stage("b", {"cat"}));
    const RunResult result =
        pipectl_in(folder, {"compare", "p.toml", "--set", kSetting, "--channels", "pipe"});
    check_silent(result);
    CHECK_THAT(result.err, ContainsSubstring("oops ***"));
}

TEST_CASE("the command line that others see has no secret", "[secrets][S15]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string definition =
        "[params]\ntoken = { secret = true }\nplain = 1\n" +
        shell("a", "tr '\\0' '\\n' < /proc/$PPID/cmdline; echo ready; exec sleep 60");
    Child child = start_pipectl(
        folder, definition,
        {"--set", kSetting, "--set=plain=2", "--set", "token=" + std::string(kSecret)});
    REQUIRE(child.wait_for_out("ready"));
    CHECK(child.out().find(kSecret) == std::string::npos);
    const std::string front = content_of("/proc/" + std::to_string(child.pid()) + "/cmdline");
    CHECK(front.find(kSecret) == std::string::npos);
    CHECK(front.find("token=***") != std::string::npos);
    CHECK(front.find("plain=2") != std::string::npos);
    CHECK(front.find("pipeline.toml") != std::string::npos);
    child.signal(SIGTERM);
    CHECK(child.finish().status == killed_by(SIGTERM));
}

TEST_CASE("a parameter's value comes from a file, a descriptor or the environment", "[secrets]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("value", "first line\nsecond line\n\n");
    const std::string definition = kParameters + shell("a", "printf '<%s>' \"$token\"");
    CHECK(run_pipectl(folder, definition, {"--set", "token=@value"}).out ==
          "<first line\nsecond line>");
    CHECK(run_pipectl(folder, definition, {"--set", "token=@@value"}).out == "<@value>");
    RunOptions options;
    options.stdin_text = "typed\n";
    CHECK(run_pipectl(folder, definition, {"--set", "token=@-"}, options).out == "<typed>");
    options.environment = {"PIPECTL_TEST_TOKEN=given"};
    CHECK(run_pipectl(folder, definition, {}, options).out == "<given>");
    CHECK(run_pipectl(folder, definition, {"--set", "token=set"}, options).out == "<set>");
    const RunResult missing = run_pipectl(folder, definition, {"--set", "token=@nowhere"});
    CHECK(missing.status == exited(125));
    CHECK_THAT(missing.err, ContainsSubstring("cannot open 'nowhere'"));
    CHECK_THAT(missing.err, ContainsSubstring("@@nowhere"));
}

TEST_CASE("an exported script takes a secret from the environment", "[secrets][export][S15]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("p.toml", kParameters + shell("a", "printf '<%s>' \"$token\""));
    const RunResult script = pipectl_in(folder, {"export", "p.toml", "--set", kSetting});
    check_silent(script);
    folder.write("script", script.out);
    RunOptions options;
    CHECK(run({"sh", folder.path("script")}, options).status.code != 0);
    options.environment = {"token=mine"};
    CHECK(run({"sh", folder.path("script")}, options).out == "<mine>");
    options.environment = {"PIPECTL_TEST_TOKEN=theirs"};
    CHECK(run({"sh", folder.path("script")}, options).out == "<theirs>");
}
