// Outputs that are refused, and commits that fail.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "tests/system/output_fixture.hpp"

using namespace pipectl::test;  // NOLINT: the fixture of these tests
using pipectl::OutputError;
using pipectl::OutputSet;

TEST_CASE("an output whose owner cannot be kept is refused, with the way out", "[S20]") {
    if (!is_root()) return;
    const Folder folder;
    const auto path = folder / "out";
    write_file(path, "old\n");
    REQUIRE(::chmod(path.c_str(), 0666) == 0);
    REQUIRE(::chmod(folder.path.c_str(), 0777) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        if (::setgid(4321) != 0 || ::setuid(1234) != 0) ::_exit(9);
        const bool right =
            message_of({output(path)}) == "cannot keep the owner of '" + path +
                                              "' (0:0) when replacing it: Operation not permitted "
                                              "(`atomic = false` writes it in place)";
        auto set = OutputSet::open({in_place(path)}, kRun);
        pipectl::write_all(set.descriptor(0), "new\n");
        ::_exit(right && set.commit().at(0).replaced ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
    CHECK(content(path) == "new\n");
}

TEST_CASE("a folder without write permission and a read-only file are refused before anything",
          "[R23]") {
    if (!is_root()) return;
    const Folder folder;
    write_file(folder / "out", "old\n");
    fs::create_directory(folder / "open");
    ::chmod((folder / "open").c_str(), 0777);
    write_file(folder / "open/readonly", "old\n");
    ::chmod((folder / "open/readonly").c_str(), 0444);
    ::chmod(folder.path.c_str(), 0755);
    ::chmod((folder / "out").c_str(), 0666);
    const pid_t child = ::fork();
    if (child == 0) {
        if (::setgid(4321) != 0 || ::setuid(1234) != 0) ::_exit(9);
        const std::string expected =
            "cannot write '" + (folder / "out") + "': cannot create a temporary file in '" +
            folder.path + "': Permission denied (`atomic = false` writes it in place)\n" +
            "cannot write '" + (folder / "new") + "': cannot create a temporary file in '" +
            folder.path + "': Permission denied\n" + "cannot write '" + (folder / "log") +
            "': Permission denied\n" + "cannot write '" + (folder / "open/readonly") +
            "': Permission denied";
        const auto got = message_of({output(folder / "out"), output(folder / "new"),
                                     appended(folder / "log"), output(folder / "open/readonly")});
        if (got != expected) std::cout << got << std::endl;
        ::_exit(got == expected ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
    CHECK(content(folder / "out") == "old\n");
    CHECK(folder.count() == 2);
}

TEST_CASE("what cannot be an output is refused with the reason, all at once") {
    const Folder folder;
    fs::create_directory(folder / "folder");
    fs::create_symlink("b", folder / "a");
    fs::create_symlink("a", folder / "b");
    write_file(folder / "file", "old\n");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (folder / "socket").copy(address.sun_path, sizeof address.sun_path - 1);
    const pipectl::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);

    const auto f = folder.path;
    CHECK(message_of({output(f + "/folder"), output(f + "/folder/"), output(f + "/a"),
                      output(f + "/no/such"), output(f + "/socket"), output(f + "/fifo"),
                      output(f + "/file/x"), output(f + "/nofolder/"), output("/dev/fd/987")}) ==
          "output '" + f + "/folder' is a folder\n" +                                //
              "output '" + f + "/folder/' is a folder\n" +                           //
              "cannot write '" + f + "/a': its symbolic links lead in a circle: " +  //
              "Too many levels of symbolic links\n" +                                //
              "cannot write '" + f + "/no/such': its folder '" + f +                 //
              "/no' does not exist (create it first: mkdir -p " + f + "/no)\n" +     //
              "output '" + f + "/socket' is a socket\n" +                            //
              "cannot write '" + f + "/fifo': no program has this FIFO open for " +  //
              "reading (start its reader first)\n" +                                 //
              "cannot write '" + f + "/file/x': Not a directory\n" +                 //
              "cannot write '" + f + "/nofolder/': the folder '" + f +               //
              "/nofolder/' does not exist\n" +                                       //
              "cannot write '/dev/fd/987': descriptor 987 of pipectl: Bad file descriptor");
    CHECK(content(folder / "file") == "old\n");
}

TEST_CASE("when one output is refused, no other one is touched") {
    const Folder folder;
    write_file(folder / "file", "old\n");
    CHECK_THROWS_AS(OutputSet::open({in_place(folder / "file"), in_place(folder / "made"),
                                     appended(folder / "log"), output(folder / "no/such")},
                                    kRun),
                    OutputError);
    CHECK(content(folder / "file") == "old\n");
    CHECK(folder.count() == 1);
}

TEST_CASE("two outputs that are one file by another name are refused") {
    const Folder folder;
    write_file(folder / "file", "old\n");
    fs::create_symlink("file", folder / "link");
    fs::create_hard_link(folder / "file", folder / "twin");
    CHECK(message_of({output(folder / "file"), appended(folder / "link")}) ==
          "outputs '" + (folder / "file") + "' and '" + (folder / "link") +
              "' are the same file (two stages cannot replace one file)");
    CHECK(message_of({output(folder / "file"), output(folder / "twin")}) != "no error");
    CHECK(message_of({output(folder / "new"), output(folder.path + "/./new")}) != "no error");
    CHECK(message_of({output("/dev/null"), output("/dev/null")}) == "no error");
}

TEST_CASE("when one of several outputs cannot be replaced, none is", "[R28]") {
    const Folder folder;
    write_file(folder / "one", "old 1\n");
    write_file(folder / "two", "old 2\n");
    write_file(folder / "log", "old 4\n");
    auto set = OutputSet::open({output(folder / "one"), output(folder / "new"),
                                output(folder / "two"), appended(folder / "log")},
                               kRun);
    for (std::size_t i = 0; i < 4; ++i)
        put(set, i, "new\n");
    fs::remove(folder / "two");
    SECTION("a folder took its place") {
        fs::create_directory(folder / "two");
        const auto results = set.commit();
        CHECK(results[2].error == "cannot replace '" + (folder / "two") + "': Is a directory");
        CHECK(fs::is_directory(folder / "two"));
    }
    SECTION("a link took its place") {
        fs::create_symlink("one", folder / "two");
        const auto results = set.commit();
        CHECK(results[2].error == "cannot replace '" + (folder / "two") + "': File exists");
        CHECK(fs::is_symlink(folder / "two"));
    }
    CHECK(content(folder / "one") == "old 1\n");
    CHECK(content(folder / "log") == "old 4\n");
    CHECK_FALSE(fs::exists(folder / "new"));
    CHECK(folder.count() == 3);
}

TEST_CASE("an output whose folder went away during the run fails the commit") {
    const Folder folder;
    fs::create_directory(folder / "sub");
    auto set = OutputSet::open({output(folder / "sub/out"), output(folder / "two")}, kRun);
    fs::remove_all(folder / "sub");
    const auto results = set.commit();
    CHECK(results[0].error ==
          "cannot replace '" + (folder / "sub/out") + "': No such file or directory");
    CHECK(folder.count() == 0);
}

TEST_CASE("a full disk fails the commit with path and reason, and the old file stays", "[R27]") {
    Folder folder;
    if (!folder.mount_small()) {
        std::cout << "SKIPPED: needs a mount of its own\n";
        return;
    }
    write_file(folder / "out", "old\n");
    auto set = OutputSet::open({output(folder / "out"), output(folder / "other")}, kRun);
    CHECK(set.trouble(0).empty());
    const std::string block(65536, 'x');
    while (pipectl::write_all(set.descriptor(0), block) == 0) {
    }
    const std::string expected = "cannot write '" + (folder / "out") + "': No space left on device";
    CHECK(set.trouble(0) == expected);
    const auto results = set.commit();
    CHECK(results[0].error == expected);
    CHECK_FALSE(results[1].replaced);
    CHECK(content(folder / "out") == "old\n");
    CHECK(folder.count() == 1);

    auto again = OutputSet::open({appended(folder / "out")}, kRun);
    while (pipectl::write_all(again.descriptor(0), block) == 0) {
    }
    CHECK(again.commit().at(0).error == expected);
    CHECK(content(folder / "out") == "old\n");
}

TEST_CASE("the full device is named as such", "[R27]") {
    auto set = OutputSet::open({output("/dev/full")}, kRun);
    CHECK(set.trouble(0) == "cannot write '/dev/full': No space left on device");
    CHECK(set.give_up().at(0).error == set.trouble(0));
}

TEST_CASE("a file at the size limit is told, and the question does not kill the asker", "[R27]") {
    const Folder folder;
    const pid_t child = ::fork();
    if (child == 0) {
        auto set = OutputSet::open({output(folder / "out")}, kRun);
        pipectl::write_all(set.descriptor(0), std::string(4096, 'x'));
        const rlimit limit{4096, 4096};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        ::_exit(set.trouble(0) == "cannot write '" + (folder / "out") + "': File too large" ? 0
                                                                                            : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
}
