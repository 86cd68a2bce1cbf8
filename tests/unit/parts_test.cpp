// Definitions as stages: the plan is that of the same stages written out by hand.

#include "orchestrator/parts/expand.hpp"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "orchestrator/definition/parse.hpp"
#include "orchestrator/definition/write.hpp"
#include "stages/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/planned.hpp"

using namespace pipectl;

namespace {

/// The definitions that are used have to be files.
class FolderOfParts {
  public:
    FolderOfParts() {
        std::string name =
            (std::filesystem::temp_directory_path() / "pipectl-parts-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw SystemError("cannot create a folder", errno);
        path_ = name;
    }
    FolderOfParts(const FolderOfParts&) = delete;
    FolderOfParts& operator=(const FolderOfParts&) = delete;
    ~FolderOfParts() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::string& path() const { return path_; }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path_ + "/" + name) << text;
    }

  private:
    std::string path_;
};

/// As `pipectl plan` does, the outer definition standing in the folder.
Planned expanded(const FolderOfParts& folder, const std::string& text, PlanRequest request = {}) {
    SourceText source{folder.path() + "/outer.toml", text};
    ParseResult parsed = parse_definition(source);
    Planned result;
    result.diagnostics = std::move(parsed.diagnostics);
    if (!expand_parts(parsed.definition, source, result.diagnostics)) return result;
    PlanResult planned = make_plan(parsed.definition, request);
    result.plan = std::move(planned.plan);
    for (Diagnostic& each : planned.diagnostics) {
        result.diagnostics.push_back(std::move(each));
    }
    return result;
}

/// Who reads what, and each stage's words: what a plan is, without the names of its stages.
std::string gist(const Planned& of) {
    std::string all = of.messages();
    for (const Process& process : of.plan.processes) {
        all += process.name.substr(process.name.rfind('/') + 1) + ":";
        for (const std::string& word : process.argv) {
            all += " " + word;
        }
        all += "\n";
    }
    for (const Edge& edge : of.plan.edges) {
        const auto bare = [](const std::string& end) { return end.substr(end.rfind('/') + 1); };
        all += bare(edge.from) + " > " + bare(edge.to) + " " + edge.via + "\n";
    }
    return all;
}

const std::string kClean = R"([params]
least = 1
[[stage]]
name = "trim"
run = ["trim", "${least}"]
[[stage]]
name = "fold"
run = ["fold"]
)";

const std::string kSplit = R"([ports]
stdout = "split"
bad = "split.bad"
left = "join.left"
joined = "join"
[[stage]]
name = "split"
run = ["split", "${out.bad}"]
outputs = ["bad"]
[[stage]]
name = "join"
run = ["join", "${in.left}"]
stdin = { null = true }
inputs = { left = { port = true } }
)";

}  // namespace

TEST_CASE("a chain as a stage has the plan of the chain itself", "[parts]") {
    const FolderOfParts folder;
    folder.write("clean.toml", kClean);
    const Planned used = expanded(folder, stage("a") +
                                              "[[stage]]\nuse = 'clean.toml'\nset = { least = 7 }\n"
                                              "via = 'unix'\n" +
                                              stage("z"));
    const Planned by_hand =
        planned_well(stage("a") + "[[stage]]\nname = 'trim'\nrun = ['trim', '7']\nvia = 'unix'\n" +
                     stage("fold") + stage("z"));
    CHECK(gist(used) == gist(by_hand));
    CHECK(used.has_process("clean/trim"));
    CHECK(used.has_process("clean/fold"));
}

TEST_CASE("ports of a part are read and fed by their names", "[parts]") {
    const FolderOfParts folder;
    folder.write("split.toml", kSplit);
    const Planned used =
        expanded(folder, stage("a") + stage("l", "stdin = { null = true }\n") +
                             "[[stage]]\nname = 'part'\nuse = './split.toml'\nfrom = 'a'\n"
                             "inputs = { left = 'l' }\n" +
                             stage("z") + stage("b", "from = 'part.bad'\n") +
                             stage("j", "from = ['part.joined']\n"));
    const Planned by_hand = planned_well(
        stage("a") + stage("l", "stdin = { null = true }\n") +
        "[[stage]]\nname = 'split'\nrun = ['split', '${out.bad}']\noutputs = ['bad']\nfrom = 'a'\n"
        "[[stage]]\nname = 'join'\nrun = ['join', '${in.left}']\nstdin = { null = true }\n"
        "inputs = { left = 'l' }\n" +
        stage("z", "from = 'split'\n") + stage("b", "from = 'split.bad'\n") +
        stage("j", "from = 'join'\n"));
    CHECK(gist(used) == gist(by_hand));
    CHECK(planned(kSplit).says("nothing feeds input 'left' of stage 'join' here"));
}

TEST_CASE("a part of a part is given what its user is given", "[parts]") {
    const FolderOfParts folder;
    folder.write("deep.toml",
                 "[params]\nword = { secret = true }\n[[stage]]\nname = 'say'\n"
                 "run = ['say', '${word}']\n[[stage]]\nname = 'sh'\nshell = 'echo $word'\n");
    folder.write("mid.toml",
                 "[params]\nw = {}\n[env]\nA = '${w}'\n"
                 "[[stage]]\nuse = 'deep.toml'\nset = { word = '<${w}>' }\n");
    const std::string text =
        "[params]\nouter = 'x'\n[[stage]]\nuse = 'mid.toml'\nset = { w = 'y${outer}' }\n" +
        stage("z");
    PlanRequest request;
    request.set = {{"outer", "hunter2"}};
    const Planned used = expanded(folder, text, request);
    CHECK(used.messages().empty());
    const Process& say = used.process("mid/deep/say");
    CHECK(say.argv.back() == "<yhunter2>");
    CHECK(say.shown_argv.back() == "***");
    CHECK(used.variable("mid/deep/sh", "word") == "<yhunter2>");
    CHECK(used.variable("mid/deep/say", "A") == "yhunter2");
    CHECK(used.variable("mid/deep/sh", "outer") == "(unset)");
    CHECK(used.variable("z", "A") == "(unset)");
}

TEST_CASE("what a part has not and must not have is told", "[parts]") {
    const FolderOfParts folder;
    folder.write("clean.toml", kClean);
    const auto says = [&](const std::string& rest, const std::string& part) {
        const Planned used =
            expanded(folder, stage("a") + "[[stage]]\nname = 'p'\nuse = 'clean.toml'\n" + rest);
        INFO(used.messages());
        return used.says(part);
    };
    CHECK(says("set = { leest = 1 }\n", "has no parameter 'leest'; did you mean 'least'?"));
    CHECK(says("set = { least = 'x' }\n", "'p/least' is a whole number, not 'x'"));
    CHECK(says("inputs = { left = 'a' }\n", "'clean.toml' has no input 'left'"));
    CHECK(says("timeout = '1s'\n", "'timeout' is of one stage"));
    CHECK(says("args = ['x']\n", "'args' belongs to 'use' of a native stage"));
    CHECK(says(stage("b", "from = 'p.bad'\n"), "'p' has no output 'bad'"));
    CHECK(says(stage("b", "talks-to = 'p'\n"), "'p' is a definition of several stages"));
    CHECK(says("[[stage]]\nuse = 'none.toml'\n", "none.toml': No such file or directory"));
    for (const char* part :
         {"[semaphores]\na = 1\n", "[shared.a]\nsize = 5\n", "[pipeline]\nstrict = false\n",
          "[pipeline]\ncwd = '.'\n", "[for-each]\neach = { f = ['x'] }\n"}) {
        folder.write("clean.toml", part + kClean);
        INFO(part);
        CHECK(says("", "a definition that is used as a stage cannot have"));
    }
    folder.write("clean.toml", "[pipeline]\ntimeout = '1s'\n" + kClean);
    CHECK(says("", "warning: 'timeout' of '" + folder.path() + "/clean.toml'"));
}

TEST_CASE("a definition that uses others is written as it was read", "[parts]") {
    const std::string text =
        "[params]\nx = 1\n[ports]\nstdin = \"a\"\nbad = \"clean.bad\"\n" + stage("a") +
        "[[stage]]\nuse = 'parts/clean.toml'\nset = { least = '${x}', of = 2.50, yes = true }\n"
        "inputs = { left = { port = true } }\n";
    const ParseResult read = parse_definition({"t.toml", text});
    REQUIRE(read.diagnostics.empty());
    CHECK(read.definition.stages.back().name.value == "clean");
    const std::string written = write_definition(read.definition);
    INFO(written);
    const ParseResult again = parse_definition({"t.toml", written});
    CHECK(again.diagnostics.empty());
    CHECK(again.definition == read.definition);
}
