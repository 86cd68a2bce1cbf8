// Definitions over several machines, as the command line shows them.

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

class OverHosts {
  public:
    OverHosts() {
        (void)folder.write("p.toml", R"([hosts.web]
ssh = "me@web1.example.org"
[[stage]]
name = "far"
run = ["no-such-program"]
host = "web"
[[stage]]
name = "near"
run = ["cat"]
)");
    }

    RunResult says(std::vector<std::string> arguments) const {
        RunOptions options;
        options.cwd = folder.path();
        return pipectl_says(std::move(arguments), options);
    }

    TemporaryFolder folder;
};

}  // namespace

TEST_CASE("check, plan and graph of several machines ask none of them", "[hosts]") {
    const LeakCheck leaks;
    const OverHosts test;
    std::filesystem::create_directory(std::filesystem::path(test.folder.path()) / "bin");
    (void)test.folder.write("bin/ssh", "#!/bin/sh\ntouch asked\n");
    std::filesystem::permissions(test.folder.path() + "/bin/ssh",
                                 std::filesystem::perms::owner_all);
    RunOptions options;
    options.cwd = test.folder.path();
    options.environment = {"PATH=" + test.folder.path() + "/bin:/usr/bin:/bin"};
    CHECK(pipectl_says({"check", "p.toml"}, options).out == "p.toml: ok (2 stages)\n");
    CHECK_THAT(pipectl_says({"plan", "p.toml"}, options).out,
               ContainsSubstring("\n== web: ssh me@web1.example.org\n"));
    CHECK_THAT(pipectl_says({"graph", "p.toml"}, options).out, ContainsSubstring("[far@web]"));
    CHECK_FALSE(std::filesystem::exists(test.folder.path() + "/asked"));
}

TEST_CASE("a site's file takes the place of hosts of the same names", "[hosts]") {
    const LeakCheck leaks;
    const OverHosts test;
    (void)test.folder.write("site.toml", "[hosts.web]\nlocal = 1\n[hosts.other]\nlocal = 2\n");
    CHECK_THAT(test.says({"plan", "p.toml", "--hosts", "site.toml"}).out,
               ContainsSubstring("\n== web: a node on this machine\n"));
    (void)test.folder.write("bad.toml", "[hosts.web]\nlocal = 0\n[pipeline]\nname = \"x\"\n");
    const RunResult bad = test.says({"check", "p.toml", "--hosts", "bad.toml"});
    CHECK(bad.status == exited(1));
    CHECK_THAT(bad.err,
               ContainsSubstring("bad.toml:2:9: error: 'local' must be an integer from 1"));
    CHECK_THAT(bad.err,
               ContainsSubstring("bad.toml:3:2: error: a file of hosts has no 'pipeline'"));
    (void)test.folder.write("empty.toml", "");
    CHECK_THAT(test.says({"check", "p.toml", "--hosts", "empty.toml"}).err,
               ContainsSubstring("empty.toml:1:1: error: there is no host"));
    CHECK_THAT(test.says({"plan", "p.toml", "--hosts", "none.toml"}).err,
               ContainsSubstring("cannot open 'none.toml'"));
}

TEST_CASE("a part's stages find the hosts of who uses it, and its own", "[hosts]") {
    const LeakCheck leaks;
    const OverHosts test;
    (void)test.folder.write("part.toml",
                            "[hosts.web]\nlocal = 1\n[hosts.mine]\nlocal = 1\n"
                            "[[stage]]\nname = \"a\"\nrun = [\"cat\"]\nhost = \"web\"\n"
                            "[[stage]]\nname = \"b\"\nrun = [\"cat\"]\nhost = \"mine\"\n");
    (void)test.folder.write("user.toml",
                            "[hosts.web]\nssh = \"node9\"\n[[stage]]\nuse = \"part.toml\"\n");
    const std::string plan = test.says({"plan", "user.toml"}).out;
    CHECK_THAT(plan, ContainsSubstring("\n== web: ssh node9\n"));
    CHECK_THAT(plan, ContainsSubstring("\n== mine: a node on this machine\n"));
}

TEST_CASE("no script can be made of stages on several machines", "[hosts]") {
    const LeakCheck leaks;
    const OverHosts test;
    CHECK_THAT(test.says({"export", "p.toml"}).err,
               ContainsSubstring("p.toml:6:8: error: a script cannot run stage 'far' on another "
                                 "machine"));
}
