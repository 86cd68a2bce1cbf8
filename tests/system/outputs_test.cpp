// Outputs that are replaced, appended to or written in place, and what of them is kept.

#include <fcntl.h>
#include <sys/xattr.h>

#include "tests/system/output_fixture.hpp"

using namespace pipectl::test;  // NOLINT: the fixture of these tests
using pipectl::OutputSet;

TEST_CASE("an output is replaced at the commit and not before") {
    const Folder folder;
    const auto path = folder / "out";
    write_file(path, "old\n");
    auto set = OutputSet::open({output(path)}, kRun);
    put(set, 0, "new\n");
    CHECK(content(path) == "old\n");
    CHECK(folder.count() == 1);  // the temporary has no name
    CHECK(all_replaced(set.commit()));
    CHECK(content(path) == "new\n");
    CHECK(folder.count() == 1);
    set.roll_back();  // too late: nothing happens
    CHECK(content(path) == "new\n");
}

TEST_CASE("an output that is rolled back is as it was, and nothing else is there") {
    const Folder folder;
    write_file(folder / "old", "old\n");
    auto set = OutputSet::open({output(folder / "old"), output(folder / "absent")}, kRun);
    put(set, 0, "new\n");
    put(set, 1, "new\n");
    const auto results = set.give_up();
    set.roll_back();
    REQUIRE(results.size() == 2);
    CHECK_FALSE(results[0].replaced);
    CHECK(results[0].error.empty());
    CHECK(content(folder / "old") == "old\n");
    CHECK(folder.count() == 1);
}

TEST_CASE("a set that is dropped without a commit has changed nothing") {
    const Folder folder;
    write_file(folder / "log", "one\n");
    {
        auto set = OutputSet::open({output(folder / "absent"), appended(folder / "log")}, kRun);
        put(set, 1, "two\n");
    }
    CHECK(folder.count() == 1);
    CHECK(content(folder / "log") == "one\n");
}

TEST_CASE("a new output has the mode that the umask gives") {
    const Folder folder;
    const mode_t old = ::umask(027);
    auto set = OutputSet::open({output(folder / "out"), appended(folder / "log")}, kRun);
    ::umask(old);
    CHECK(all_replaced(set.commit()));
    CHECK(mode_of(folder / "out") == 0640);
    CHECK(mode_of(folder / "log") == 0640);
}

TEST_CASE("a replaced output keeps its mode, its group and its attributes", "[R28]") {
    const Folder folder;
    const auto path = folder / "out";
    write_file(path, "old\n");
    const bool root = ::geteuid() == 0;
    if (root) REQUIRE(::chown(path.c_str(), 0, 4321) == 0);
    REQUIRE(::chmod(path.c_str(), 0751) == 0);
    const bool attributes = ::setxattr(path.c_str(), "user.note", "kept", 4, 0) == 0;
    auto set = OutputSet::open({output(path)}, kRun);
    put(set, 0, "new\n");
    CHECK(all_replaced(set.commit()));
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0751);
    if (root) CHECK(status.st_gid == 4321);
    if (attributes) {
        char value[8] = {};
        CHECK(::getxattr(path.c_str(), "user.note", value, sizeof value) == 4);
        CHECK(std::string(value) == "kept");
    }
}

TEST_CASE("a symbolic link stays and its target is replaced") {
    const Folder folder;
    fs::create_directory(folder / "deep");
    write_file(folder / "deep/target", "old\n");
    fs::create_symlink("deep/target", folder / "middle");
    fs::create_symlink(folder / "middle", folder / "link");
    auto set = OutputSet::open({output(folder / "link")}, kRun);
    put(set, 0, "new\n");
    CHECK(all_replaced(set.commit()));
    CHECK(fs::is_symlink(folder / "link"));
    CHECK(fs::is_symlink(folder / "middle"));
    CHECK(content(folder / "deep/target") == "new\n");
}

TEST_CASE("the target of a dangling link is created") {
    const Folder folder;
    fs::create_directory(folder / "deep");
    fs::create_symlink("deep/target", folder / "link");
    auto set = OutputSet::open({output(folder / "link")}, kRun);
    put(set, 0, "new\n");
    CHECK_FALSE(fs::exists(folder / "deep/target"));
    CHECK(all_replaced(set.commit()));
    CHECK(fs::is_symlink(folder / "link"));
    CHECK(content(folder / "deep/target") == "new\n");
}

TEST_CASE("a device is written to and stays a device") {
    auto set = OutputSet::open({output("/dev/null")}, kRun);
    put(set, 0, "new\n");
    CHECK(set.tail(0, 3).empty());
    CHECK(all_replaced(set.commit()));
    struct stat status {};
    REQUIRE(::stat("/dev/null", &status) == 0);
    CHECK(S_ISCHR(status.st_mode));
}

TEST_CASE("a FIFO with a reader is written to, and its reader sees the end") {
    const Folder folder;
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    const pipectl::Fd reader(::open((folder / "fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    auto set = OutputSet::open({output(folder / "fifo")}, kRun);
    CHECK((::fcntl(set.descriptor(0), F_GETFL) & O_NONBLOCK) == 0);
    put(set, 0, "new\n");
    set.keep_only_rollback();
    CHECK(set.descriptor(0) == -1);
    char got[8] = {};
    CHECK(::read(reader.get(), got, sizeof got) == 4);
    CHECK(::read(reader.get(), got, sizeof got) == 0);
}

TEST_CASE("'/dev/fd/N' is a duplicate of pipectl's own descriptor") {
    const Folder folder;
    write_file(folder / "own", "first\n");
    const int own = ::open((folder / "own").c_str(), O_WRONLY);  // inherited: not close-on-exec
    ::lseek(own, 0, SEEK_END);
    auto set = OutputSet::open({output("/dev/fd/" + std::to_string(own))}, kRun);
    put(set, 0, "second\n");
    CHECK(set.descriptor(0) != own);
    CHECK(all_replaced(set.commit()));
    ::close(own);
    CHECK(content(folder / "own") == "first\nsecond\n");
    CHECK(message_of({output("/dev/stdout"), output("/dev/stderr")}) == "no error");
}

TEST_CASE("an appended file keeps what was added after a success, and loses it after a failure",
          "[R29]") {
    const Folder folder;
    write_file(folder / "log", "one\n");
    {
        auto set = OutputSet::open({appended(folder / "log"), appended(folder / "fresh")}, kRun);
        put(set, 0, "two\n");
        CHECK(all_replaced(set.commit()));
    }
    CHECK(content(folder / "log") == "one\ntwo\n");
    CHECK(fs::exists(folder / "fresh"));
    auto set = OutputSet::open({appended(folder / "log"), appended(folder / "made")}, kRun);
    put(set, 0, std::string(1 << 20, 'x'));
    put(set, 1, "x");
    CHECK(set.tail(1, 1) == "x");
    set.roll_back();
    CHECK(content(folder / "log") == "one\ntwo\n");
    CHECK_FALSE(fs::exists(folder / "made"));
}

TEST_CASE("with atomic = false a file is truncated and written in place, keeping its inode") {
    const Folder folder;
    write_file(folder / "out", "a long old text\n");
    struct stat before {};
    struct stat after {};
    ::stat((folder / "out").c_str(), &before);
    auto set = OutputSet::open({in_place(folder / "out")}, kRun);
    CHECK(content(folder / "out").empty());
    put(set, 0, "new\n");
    CHECK(set.tail(0, 1) == "new");
    CHECK(all_replaced(set.commit()));
    ::stat((folder / "out").c_str(), &after);
    CHECK(before.st_ino == after.st_ino);
    CHECK(content(folder / "out") == "new\n");
}

TEST_CASE("durable outputs are replaced like others") {
    const Folder folder;
    auto one = output(folder / "one");
    auto two = appended(folder / "two");
    one.durable = two.durable = true;
    auto set = OutputSet::open({one, two}, kRun);
    put(set, 0, "1");
    put(set, 1, "2");
    CHECK(all_replaced(set.commit()));
    CHECK(content(folder / "one") + content(folder / "two") == "12");
}

TEST_CASE("the tail of an output is its last lines") {
    const Folder folder;
    auto set = OutputSet::open({output(folder / "out")}, kRun);
    CHECK(set.tail(0, 3).empty());
    put(set, 0, "1\n2\n3\n4\n");
    CHECK(set.tail(0, 2) == "3\n4");
    CHECK(set.tail(0, 9) == "1\n2\n3\n4");
    put(set, 0, "5");
    CHECK(set.tail(0, 2) == "4\n5");
    put(set, 0, std::string(100000, 'x'));
    CHECK(set.tail(0, 1).size() == 65536);
}

TEST_CASE("a name as long as a name may be is replaced too") {
    const Folder folder;
    const auto path = folder / std::string(255, 'n');
    write_file(path, "old\n");
    auto set = OutputSet::open({output(path)}, kRun);
    put(set, 0, "new\n");
    CHECK(all_replaced(set.commit()));
    CHECK(content(path) == "new\n");
    CHECK(folder.count() == 1);
}

TEST_CASE("an output that was removed or created during the run is replaced all the same") {
    const Folder folder;
    write_file(folder / "gone", "old\n");
    auto set = OutputSet::open({output(folder / "gone"), output(folder / "came")}, kRun);
    put(set, 0, "new\n");
    put(set, 1, "new\n");
    fs::remove(folder / "gone");
    write_file(folder / "came", "other\n");
    CHECK(all_replaced(set.commit()));
    CHECK(content(folder / "gone") == "new\n");
    CHECK(content(folder / "came") == "new\n");
    CHECK(folder.count() == 2);
}
