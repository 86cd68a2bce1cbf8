#include "orchestrator/preflight/preflight.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/catch.hpp"

namespace fs = std::filesystem;
using pipectl::check_plan;
using pipectl::Plan;
using pipectl::Preflight;
using pipectl::Process;

namespace {

const std::map<std::string, std::string> kEnvironment = {{"PATH", "/usr/bin:/bin"}};

struct ScriptFolder {
    ScriptFolder() {
        char name[] = "/tmp/pipectl-preflight-XXXXXX";
        path = ::mkdtemp(name);
    }
    ~ScriptFolder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    ScriptFolder(const ScriptFolder&) = delete;
    ScriptFolder& operator=(const ScriptFolder&) = delete;
    std::string operator/(const std::string& name) const { return path + "/" + name; }
    std::string path;
};

Process process_of(const std::string& name, std::vector<std::string> argv, int line) {
    Process process;
    process.name = name;
    process.argv = std::move(argv);
    process.place = {line, 1};
    process.command_place = {line + 1, 7};
    return process;
}

void write_script(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
    REQUIRE(::chmod(path.c_str(), 0755) == 0);
}

std::string told(const Preflight& preflight) {
    std::string text;
    for (const auto& failure : preflight.failures) {
        const auto& diagnostic = failure.diagnostic;
        text += std::to_string(failure.process) + " " + std::to_string(diagnostic.place.line) +
                " " + std::to_string(failure.status) + ": " + diagnostic.message +
                (diagnostic.hint.empty() ? "" : " (" + diagnostic.hint + ")") + "\n";
    }
    return text;
}

}  // namespace

TEST_CASE("programs, users and input files of a sound plan are found") {
    Plan plan;
    plan.processes.push_back(process_of("a", {"sh", "-c", "true"}, 1));
    plan.processes.push_back(process_of("b", {"/bin/sh"}, 4));
    plan.processes[1].user = "root";
    plan.inputs.push_back({"/dev/null", {5, 9}});
    plan.inputs.push_back({"/dev/stdin", {6, 9}});
    const auto preflight = check_plan(plan, kEnvironment);
    if (::geteuid() == 0) {
        CHECK(told(preflight).empty());
        CHECK(preflight.users[1]->uid == 0);
    }
    CHECK(preflight.programs == std::vector<std::string>{"/usr/bin/sh", "/bin/sh"});
    CHECK_FALSE(preflight.users[0]);
    REQUIRE(preflight.inputs.size() == 2);
    CHECK(preflight.inputs[0].valid());
    CHECK((::fcntl(preflight.inputs[0].get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((::fcntl(preflight.inputs[0].get(), F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("everything that is missing is told at once, and 127 outweighs the rest", "[R23]") {
    const ScriptFolder folder;
    write_script(folder / "script", "#!/no/such/python -u\n");
    std::ofstream(folder / "plain") << "text\n";
    std::ofstream(folder / "access.log") << "text\n";
    ::chmod((folder / "plain").c_str(), 0644);
    const auto f = folder.path;
    Plan plan;
    plan.processes.push_back(process_of("one", {"sotr", "-u"}, 1));
    plan.processes.push_back(process_of("two", {f + "/script"}, 4));
    plan.processes.push_back(process_of("three", {f + "/plain"}, 7));
    plan.processes.push_back(process_of("four", {"./nothing"}, 10));
    plan.processes.push_back(process_of("five", {"sh"}, 13));
    plan.processes[4].cwd = f + "/nowhere";
    plan.processes.push_back(process_of("six", {"sh"}, 16));
    plan.processes[5].user = "no-such-user";
    plan.processes.push_back(process_of("seven", {"sh"}, 19));
    plan.processes[6].env = {{"PATH", f}};
    plan.inputs.push_back({f + "/acess.log", {20, 9}});
    plan.inputs.push_back({f, {21, 9}});
    plan.outputs.push_back({{.path = f + "/no/out"}, {22, 10}});
    const auto preflight = check_plan(plan, kEnvironment);
    CHECK(preflight.status() == 127);
    CHECK(told(preflight) ==
          "0 2 127: stage 'one': program 'sotr' not found in PATH (did you mean 'sort'?)\n"
          "1 5 126: stage 'two': cannot execute '" +
              f +
              "/script': its interpreter '/no/such/python' is not there (see its first line)\n"
              "2 8 126: stage 'three': cannot execute: '" +
              f +
              "/plain' is not marked as executable (chmod +x)\n"
              "3 11 127: stage 'four': cannot find program './nothing': No such file or directory\n"
              "4 13 125: stage 'five': cannot use folder '" +
              f +
              "/nowhere': No such file or directory\n"
              "5 16 125: stage 'six': there is no user 'no-such-user'\n"
              "6 20 127: stage 'seven': program 'sh' not found in PATH\n"
              "-1 20 125: cannot read '" +
              f + "/acess.log': No such file or directory (did you mean '" + f +
              "/access.log'?)\n"
              "-1 21 125: input '" +
              f +
              "' is a folder\n"
              "-1 22 125: cannot write '" +
              f + "/no/out': its folder '" + f + "/no' does not exist (create it first: mkdir -p " +
              f + "/no)\n");
    CHECK(preflight.diagnostics().size() == preflight.failures.size());
}

TEST_CASE("a FIFO without a writer is refused at once, one with a writer keeps its bytes",
          "[R22]") {
    const ScriptFolder folder;
    const auto path = folder / "fifo";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    Plan plan;
    plan.inputs.push_back({path, {3, 9}});
    CHECK(told(check_plan(plan, kEnvironment)) ==
          "-1 3 125: cannot read '" + path +
              "': no program has this FIFO open for writing (start its writer first, or wait for "
              "one: stdin = { fifo = \"" +
              path + "\" })\n");
    const pipectl::Fd holder(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    CHECK(check_plan(plan, kEnvironment).ok());
    REQUIRE(pipectl::write_all(holder.get(), "abc") == 0);
    const auto preflight = check_plan(plan, kEnvironment);
    REQUIRE(preflight.ok());
    char got[8] = {};
    CHECK(::read(preflight.inputs[0].get(), got, sizeof got) == 3);
}

TEST_CASE("the helper program is found beside the program, or where PIPECTL_HELPER says") {
    CHECK(fs::equivalent(pipectl::find_helper({}), HELPER_BINARY));
    CHECK(pipectl::find_helper({{"PIPECTL_HELPER", "/bin/sh"}}) == "/bin/sh");
    Plan plan;
    for (int i = 0; i < 2; ++i) {
        plan.processes.push_back(process_of("copy", {"pipectl-helper", "copy"}, 8));
        plan.processes.back().role = pipectl::Role::helper;
    }
    CHECK(check_plan(plan, kEnvironment).ok());
    CHECK(told(check_plan(plan, {{"PIPECTL_HELPER", "/no/such"}})) ==
          "0 8 125: cannot find 'pipectl-helper', which is a part of pipectl (it stands beside "
          "pipectl; PIPECTL_HELPER may name it)\n");
}
