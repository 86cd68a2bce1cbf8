// Programs and users as they are found before anything is started.

#include "orchestrator/process/lookup.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "tests/support/child.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

std::string make_program(const TemporaryFolder& folder, const std::string& name) {
    const std::size_t slash = name.rfind('/');
    if (slash != std::string::npos) {
        std::filesystem::create_directories(folder.path(name.substr(0, slash)));
    }
    return folder.write(name, "#!/bin/sh\n");
}

}  // namespace

TEST_CASE("a program is found in the first folder of PATH that has it") {
    const TemporaryFolder folder;
    make_program(folder, "a/other");
    const std::string first = make_program(folder, "b/tool");
    make_program(folder, "c/tool");
    const std::string path = folder.path("none") + ":" + folder.path("a") + ":" + folder.path("b") +
                             "/:" + folder.path("c");
    const ProgramLookup found = find_program("tool", path, {});
    CHECK(found.status == 0);
    CHECK(found.path == folder.path("b") + "/tool");
    CHECK(std::filesystem::equivalent(found.path, first));
}

TEST_CASE("a program that is nowhere has status 127") {
    const TemporaryFolder folder;
    const ProgramLookup found = find_program("nowhere-at-all", folder.path(), {});
    CHECK(found.status == 127);
    CHECK(found.path.empty());
    CHECK(found.reason == "not found in PATH");
    CHECK(find_program("", "/bin", {}).status == 127);
}

TEST_CASE("a file that may not be executed is passed over, and named when nothing else is found") {
    const TemporaryFolder folder;
    make_program(folder, "a/tool");
    make_program(folder, "b/tool");
    ::chmod(folder.path("a/tool").c_str(), 0644);
    const std::string both = folder.path("a") + ":" + folder.path("b");
    CHECK(find_program("tool", both, {}).path == folder.path("b/tool"));
    const ProgramLookup refused = find_program("tool", folder.path("a"), {});
    CHECK(refused.status == 126);
    CHECK(refused.path == folder.path("a/tool"));
    CHECK(refused.reason ==
          "'" + folder.path("a/tool") + "' is not marked as executable (chmod +x)");
}

TEST_CASE("a folder of the program's name is no program") {
    const TemporaryFolder folder;
    make_program(folder, "a/tool/inside");
    CHECK(find_program("tool", folder.path("a"), {}).status == 127);
    const ProgramLookup by_path = find_program(folder.path("a/tool"), "", {});
    CHECK(by_path.status == 126);
    CHECK(by_path.reason == "'" + folder.path("a/tool") + "' is a folder");
}

TEST_CASE("a name with a slash is a path") {
    const TemporaryFolder folder;
    make_program(folder, "sub/tool");
    CHECK(find_program(folder.path("sub/tool"), "/bin", {}).status == 0);
    const ProgramLookup absent = find_program(folder.path("sub/none"), "/bin", {});
    CHECK(absent.status == 127);
    CHECK(absent.reason == "'" + folder.path("sub/none") + "': No such file or directory");
    CHECK(find_program(folder.path("sub/tool/x"), "/bin", {}).status == 127);
}

TEST_CASE("a relative path starts from the stage's folder and stays right after the change") {
    const TemporaryFolder folder;
    make_program(folder, "sub/tool");
    const ProgramLookup found = find_program("./tool", "/bin", folder.path("sub"));
    CHECK(found.status == 0);
    CHECK(found.path == folder.path("sub") + "/./tool");
    CHECK(find_program("tool", "/nowhere::.", folder.path("sub")).status == 0);

    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(folder.path());
    const ProgramLookup relative = find_program("./tool", "/bin", "sub");
    const ProgramLookup plain = find_program("sub/tool", "/bin", {});
    std::filesystem::current_path(before);
    CHECK(relative.status == 0);
    CHECK(relative.path == folder.path("sub/./tool"));
    CHECK(plain.path == "sub/tool");
}

TEST_CASE("a FIFO or a device is no program") {
    CHECK(find_program("/dev/null", "", {}).status == 126);
}

TEST_CASE("an interpreter that is not there is named") {
    const TemporaryFolder folder;
    CHECK(missing_interpreter(folder.write("a", "#! /no/such/perl -w\n")) == "/no/such/perl");
    CHECK(missing_interpreter(folder.write("b", "#!/bin/sh -e\n")) == std::nullopt);
    CHECK(missing_interpreter(folder.write("c", "#!/bin/sh\r\necho\n")) == "/bin/sh\r");
    CHECK(missing_interpreter(folder.write("d", "echo\n")) == std::nullopt);
    CHECK(missing_interpreter(folder.write("e", "#!")) == std::nullopt);
    CHECK(missing_interpreter(folder.write("f", "#!   \n/no/such\n")) == std::nullopt);
    CHECK(missing_interpreter(folder.path("none")) == std::nullopt);
}

TEST_CASE("the names of programs are listed once each") {
    const TemporaryFolder folder;
    make_program(folder, "a/tool");
    make_program(folder, "b/tool");
    make_program(folder, "b/alpha");
    folder.write("b/text", "no program");
    CHECK(programs_in(folder.path("a") + ":/nowhere:" + folder.path("b")) ==
          std::vector<std::string>{"alpha", "tool"});
}

TEST_CASE("users are found by name and by number") {
    const std::optional<UserLookup> root = find_user("root");
    REQUIRE(root);
    CHECK(root->uid == 0);
    CHECK(root->gid == 0);
    CHECK(root->home == "/root");
    CHECK(std::find(root->groups.begin(), root->groups.end(), 0U) != root->groups.end());
    const std::optional<UserLookup> zero = find_user("0");
    REQUIRE(zero);
    CHECK(zero->home == "/root");
    CHECK_FALSE(find_user("no-such-user"));
    CHECK_FALSE(find_user(""));
    CHECK_FALSE(find_user("4294967295"));
    CHECK_FALSE(find_user("-1"));
    CHECK_FALSE(find_user("root:x"));
}

TEST_CASE("users are as the C library reads them") {
    // not getpwent(3): a statically linked test cannot load name services
    std::FILE* const users = std::fopen("/etc/passwd", "re");
    REQUIRE(users != nullptr);
    int compared = 0;
    while (const passwd* entry = ::fgetpwent(users)) {
        const std::optional<UserLookup> found = find_user(entry->pw_name);
        CAPTURE(entry->pw_name);
        REQUIRE(found);
        ++compared;
        CHECK(found->uid == entry->pw_uid);
        CHECK(found->gid == entry->pw_gid);
        CHECK(found->home == entry->pw_dir);
    }
    std::fclose(users);
    CHECK(compared > 0);
}
