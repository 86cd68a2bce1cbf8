// Whose files and links are touched, and what a new file takes over from the one it replaces.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "orchestrator/files/names.hpp"
#include "orchestrator/files/own_folder.hpp"
#include "orchestrator/files/report_file.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/system/output_fixture.hpp"

using namespace pipectl::test;  // NOLINT: the fixture of these tests
using Catch::Matchers::ContainsSubstring;
using pipectl::OutputSet;
using pipectl::ReportFile;

namespace {

constexpr uid_t kMallory = 1234;

std::string report_error(const std::string& path) {
    try {
        ReportFile file(path);
        file.write("new\n");
    } catch (const pipectl::ReportError& error) {
        return error.what();
    }
    return "no error";
}

void give_to(uid_t user, const std::string& path) {
    REQUIRE(::lchown(path.c_str(), user, user) == 0);
}

/// A folder as /tmp is: everybody may put things there.
void open_to_all(const Folder& folder) {
    REQUIRE(::chmod(folder.path.c_str(), 01777) == 0);
}

std::vector<std::string> messages_for(const std::string& path) {
    return {message_of({output(path)}), message_of({appended(path)}), message_of({in_place(path)}),
            report_error(path)};
}

uid_t owner_of(const std::string& path) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status.st_uid;
}

}  // namespace

TEST_CASE("what another user has put into a sticky folder is neither written nor followed",
          "[replace][S20][S4]") {
    if (!is_root()) return;
    const Folder folder;
    const Folder own;
    open_to_all(folder);
    write_file(own / "victim", "old\n");
    write_file(folder / "file", "hers\n");
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0666) == 0);
    fs::create_symlink(own / "victim", folder / "link");
    fs::create_symlink(own / "fresh", folder / "dangling");
    fs::create_symlink(own.path, folder / "way");
    for (const auto* name : {"file", "fifo", "link", "dangling", "way"})
        give_to(kMallory, folder / name);
    const pipectl::Fd reader(::open((folder / "fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    for (const auto* name : {"file", "fifo", "link", "dangling", "way/victim", "way/fresh"}) {
        for (const auto& message : messages_for(folder / name)) {
            CHECK_THAT(message, ContainsSubstring("belongs to user 1234"));
        }
    }
    CHECK(content(folder / "file") == "hers\n");
    CHECK(content(own / "victim") == "old\n");
    CHECK(own.count() == 1);
    CHECK(folder.count() == 5);
}

TEST_CASE("a spool file that stays takes the place of one's own file alone", "[replace][S20]") {
    if (!is_root()) return;
    const LeakCheck check;
    const TemporaryFolder folder;
    REQUIRE(::chmod(folder.path().c_str(), 01777) == 0);
    const auto run_over = [&] {
        return run_pipectl(
            folder,
            stage("a", {"echo", "new"}) +
                stage("b", {"cat"}, {"via = { channel = 'file', path = 'spool', keep = true }"}));
    };
    folder.write("spool", "hers\n");
    give_to(kMallory, folder.path("spool"));
    const RunResult refused = run_over();
    CAPTURE(refused);
    CHECK(refused.status == exited(125));
    CHECK_THAT(refused.err, ContainsSubstring("it is another user's"));
    CHECK(folder.read("spool") == "hers\n");
    give_to(::geteuid(), folder.path("spool"));
    CHECK(run_over().status == exited(0));
    CHECK(folder.read("spool") == "new\n");
}

TEST_CASE("in a sticky folder what is ours or the folder owner's is written", "[replace][S20]") {
    if (!is_root()) return;
    const Folder folder;
    open_to_all(folder);
    give_to(kMallory, folder.path);
    write_file(folder / "ours", "old\n");
    write_file(folder / "hers", "old\n");
    give_to(kMallory, folder / "hers");
    CHECK(report_error(folder / "ours") == "no error");
    CHECK(report_error(folder / "hers") == "no error");
    CHECK(report_error(folder / "new") == "no error");
    CHECK(owner_of(folder / "hers") == kMallory);
    CHECK(owner_of(folder / "ours") == 0);
}

TEST_CASE("a report, a page, a script or a definition is not written into another user's trap",
          "[replace][S20]") {
    if (!is_root()) return;
    const LeakCheck check;
    const TemporaryFolder own;
    const Folder shared;
    open_to_all(shared);
    const std::string trap = shared / "trap";
    const std::string hers = stage("a", {"echo", "x"}) + stage("b", {"cat"});
    REQUIRE(run_pipectl(own, hers, {"--json", "p.json"}).status == exited(0));
    own.write("p.toml", hers);
    own.write("run.toml", stage("a", {"touch", "ran"}));
    write_file(trap, hers);
    give_to(kMallory, trap);
    REQUIRE(::chmod(trap.c_str(), 04777) == 0);
    const std::vector<std::vector<std::string>> all = {
        {"run", "run.toml", "--json", trap},       {"run", "run.toml", "--html", trap},
        {"run", "run.toml", "--joblog", trap},     {"run", "run.toml", "--events", trap},
        {"compare", "p.toml", "--json", trap},     {"compare", "p.toml", "--html", trap},
        {"compare", "p.toml", "--markdown", trap}, {"compare", trap, "--apply"},
        {"report", "p.json", "--html", trap},      {"export", "p.toml", "--output", trap}};
    RunOptions options;
    options.cwd = own.path();
    for (const std::vector<std::string>& words : all) {
        const RunResult result = pipectl_says(words, options);
        CAPTURE(words, result);
        CHECK(result.status == exited(125));
        CHECK_THAT(result.err, ContainsSubstring("belongs to user 1234"));
    }
    CHECK(content(trap) == hers);
    CHECK(mode_of(trap) == 04777);
    CHECK(owner_of(trap) == kMallory);
    CHECK(shared.count() == 1);
    CHECK_FALSE(own.has("ran"));
}

TEST_CASE("a file planted while the run goes on is not replaced either", "[replace][S20]") {
    if (!is_root()) return;
    const Folder folder;
    open_to_all(folder);
    auto set = OutputSet::open({output(folder / "out")}, kRun);
    put(set, 0, "new\n");
    write_file(folder / "out", "hers\n");
    give_to(kMallory, folder / "out");
    ::chmod((folder / "out").c_str(), 04777);
    CHECK(set.commit().at(0).error ==
          "cannot replace '" + (folder / "out") + "': Permission denied");
    CHECK(content(folder / "out") == "hers\n");
    CHECK(folder.count() == 1);
}

TEST_CASE("of another user's file neither its permissions nor its attributes are taken",
          "[replace][S20]") {
    if (!is_root()) return;
    const Folder folder;
    const mode_t old = ::umask(022);
    for (const auto* name : {"report", "output", "narrow"}) {
        write_file(folder / name, "old\n");
        give_to(kMallory, folder / name);
    }
    ::chmod((folder / "report").c_str(), 06777);
    ::chmod((folder / "output").c_str(), 04777);
    ::chmod((folder / "narrow").c_str(), 0600);
    CHECK(report_error(folder / "report") == "no error");
    auto set = OutputSet::open({output(folder / "output"), output(folder / "narrow")}, kRun);
    CHECK(all_replaced(set.commit()));
    CHECK(mode_of(folder / "report") == 0644);
    CHECK(mode_of(folder / "output") == 0644);
    CHECK(mode_of(folder / "narrow") == 0600);
    CHECK(owner_of(folder / "report") == kMallory);
    CHECK(owner_of(folder / "output") == kMallory);
    ::umask(old);
}

TEST_CASE("our own file keeps its permissions, but for the set-user-ID bits", "[replace][S20]") {
    const Folder folder;
    write_file(folder / "report", "old\n");
    write_file(folder / "output", "old\n");
    ::chmod((folder / "report").c_str(), 06751);
    ::chmod((folder / "output").c_str(), 0600);
    CHECK(report_error(folder / "report") == "no error");
    CHECK(report_error(folder / "output") == "no error");
    CHECK(mode_of(folder / "report") == 0751);
    CHECK(mode_of(folder / "output") == 0600);
    CHECK(content(folder / "report") == "new\n");
    CHECK(folder.count() == 2);
}

TEST_CASE("no owner is kept where a third user could have put that owner's file",
          "[replace][S20]") {
    if (!is_root()) return;
    const Folder folder;
    write_file(folder / "out", "old\n");
    give_to(kMallory, folder / "out");
    const std::string refused = "cannot keep the owner of '" + (folder / "out") + "'";
    ::chmod(folder.path.c_str(), 0777);
    CHECK_THAT(report_error(folder / "out"), ContainsSubstring(refused));
    ::chmod(folder.path.c_str(), 0755);
    give_to(kMallory + 1, folder.path);
    CHECK_THAT(message_of({output(folder / "out")}), ContainsSubstring(refused));
    give_to(kMallory, folder.path);
    CHECK(message_of({output(folder / "out")}) == "no error");
}

TEST_CASE("another user's link does not lead to what is ours", "[replace][S20]") {
    if (!is_root()) return;
    const Folder hers;
    const Folder own;
    write_file(own / "file", "old\n");
    write_file(hers / "file", "old\n");
    give_to(kMallory, hers / "file");
    fs::create_symlink(own / "file", hers / "away");
    fs::create_symlink(own / "new", hers / "fresh");
    fs::create_symlink("file", hers / "near");
    for (const auto* name : {"away", "fresh", "near"})
        give_to(kMallory, hers / name);
    give_to(kMallory, hers.path);
    CHECK_THAT(report_error(hers / "away"), ContainsSubstring("leads to what is yours"));
    CHECK_THAT(report_error(hers / "fresh"), ContainsSubstring("leads to what is yours"));
    CHECK(report_error(hers / "near") == "no error");
    CHECK(content(own / "file") == "old\n");
    CHECK(content(hers / "file") == "new\n");
}

TEST_CASE("a hard link in a sticky folder is replaced, but not written in place",
          "[replace][S20]") {
    const Folder folder;
    const Folder own;
    open_to_all(folder);
    write_file(own / "victim", "old\n");
    std::error_code failed;
    fs::create_hard_link(own / "victim", folder / "log", failed);
    REQUIRE(!failed);
    CHECK_THAT(message_of({appended(folder / "log")}), ContainsSubstring("Too many links"));
    CHECK_THAT(message_of({in_place(folder / "log")}), ContainsSubstring("Too many links"));
    CHECK(report_error(folder / "log") == "no error");
    CHECK(content(own / "victim") == "old\n");
    CHECK(content(folder / "log") == "new\n");
}

TEST_CASE("a target that something is mounted on is refused before the work", "[replace]") {
    if (!is_root()) return;
    const Folder folder;
    write_file(folder / "host", "old\n");
    write_file(folder / "target", "below\n");
    if (::mount((folder / "host").c_str(), (folder / "target").c_str(), nullptr, MS_BIND,
                nullptr) != 0) {
        std::cout << "SKIPPED: cannot mount\n";
        return;
    }
    const auto messages = {message_of({output(folder / "target")}),
                           report_error(folder / "target")};
    ::umount2((folder / "target").c_str(), MNT_DETACH);
    for (const auto& message : messages) {
        CHECK_THAT(message, ContainsSubstring("something is mounted on it"));
    }
    CHECK(content(folder / "host") == "old\n");
}

TEST_CASE("an exchange is undone whatever has the name by then, and the newest stays",
          "[replace]") {
    const Folder folder;
    const pipectl::Fd place(::open(folder.path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    write_file(folder / "ours", "new\n");
    const pipectl::Fd ours(::open((folder / "ours").c_str(), O_RDWR | O_CLOEXEC));
    SECTION("nobody came between") {
        fs::rename(folder / "ours", folder / "target");
        write_file(folder / "temporary", "old\n");
        CHECK(pipectl::put_back(place.get(), "temporary", "target", ours.get()));
        CHECK(content(folder / "target") == "old\n");
        CHECK(content(folder / "temporary") == "new\n");
    }
    SECTION("somebody has replaced our file already") {
        fs::remove(folder / "ours");
        fs::create_symlink("gone", folder / "temporary");
        write_file(folder / "target", "newer\n");
        CHECK_FALSE(pipectl::put_back(place.get(), "temporary", "target", ours.get()));
        CHECK(content(folder / "target") == "newer\n");
        CHECK(folder.count() == 1);
    }
    SECTION("the name has gone") {
        fs::remove(folder / "ours");
        write_file(folder / "temporary", "old\n");
        CHECK_FALSE(pipectl::put_back(place.get(), "temporary", "target", ours.get()));
        CHECK(content(folder / "target") == "old\n");
        CHECK(folder.count() == 1);
    }
}

TEST_CASE("while others give the name away all the time, nothing of ours or theirs is left",
          "[replace][S20]") {
    const Folder folder;
    const auto target = folder / "out";
    const pid_t child = ::fork();
    if (child == 0) {
        for (unsigned i = 0;; ++i) {
            const auto fresh = folder / "x";
            std::error_code ignored;
            if (i % 4 == 0) write_file(fresh, "theirs\n");
            if (i % 4 == 1) fs::create_symlink("no/such", fresh, ignored);
            if (i % 4 == 2) ::mkfifo(fresh.c_str(), 0666);
            if (i % 4 == 3) fs::create_directory(fresh, ignored);
            if (::rename(fresh.c_str(), target.c_str()) != 0) fs::remove(target, ignored);
        }
    }
    for (int round = 0; round < 300; ++round) {
        try {
            auto set = OutputSet::open({output(target)}, kRun);
            set.commit();
        } catch (const pipectl::OutputError&) {  // a folder stands there, or a FIFO
        }
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    for (const auto& entry : fs::directory_iterator(folder.path)) {
        CHECK_THAT(entry.path().filename().string(), !ContainsSubstring(".pipectl."));
    }
}

TEST_CASE("a folder of our own is not made in another user's, nor behind her links",
          "[replace][S20]") {
    if (!is_root()) return;
    const Folder home;
    const Folder own;
    CHECK(pipectl::open_own_folder(home / "a/b/c"));
    CHECK(mode_of(home / "a/b") == 0700);
    fs::create_symlink(own.path, home / "link");
    CHECK(pipectl::open_own_folder(home / "link/ours"));
    give_to(kMallory, home / "link");
    CHECK_FALSE(pipectl::open_own_folder(home / "link/hers"));
    CHECK_FALSE(pipectl::open_own_folder(home / "link"));
    give_to(kMallory, home.path);
    CHECK_FALSE(pipectl::open_own_folder(home / "d/e"));
    CHECK_FALSE(fs::exists(home / "d"));
    CHECK(own.count() == 1);
}

TEST_CASE("root remembers nothing in another user's home", "[replace][S20]") {
    if (!is_root()) return;
    const LeakCheck check;
    const TemporaryFolder folder;
    const Folder home;
    give_to(kMallory, home.path);
    RunOptions options;
    options.environment = {"HOME=" + home.path, "XDG_STATE_HOME", "PIPECTL_HISTORY=on"};
    CHECK(run_pipectl(folder, stage("one", {"true"}), {}, options).status == exited(0));
    CHECK(home.count() == 0);
}
