// The helper program's `follow`, and how it says what is wrong.

#include "tests/system/helper_fixture.hpp"

using namespace pipectl;
using namespace pipectl::test;

TEST_CASE("follow gives back the disk of what it has copied, unless the file has a name") {
    const LeakCheck leaks;
    for (const bool keep : {false, true}) {
        CAPTURE(keep);
        TestFolder folder;
        channel::Settings settings;
        if (keep) settings = {{"path", folder.path() + "/kept"}, {"keep", true}};
        channel::EdgeEnds ends = channel::find_kind("file")->create(settings, folder);
        PipeEnds out = make_pipe();
        Child helper = start_helper({"follow", "3"}, ends.reader.get(),
                                    {{1, out.writer.get()}, {3, ends.finish.get()}});
        out.writer.reset();
        ends.reader.reset();
        ends.finish.reset();
        constexpr std::size_t kPiece = std::size_t{1} << 20;
        ByteStream written;
        ByteStream read;
        std::string got(kPiece, '\0');
        for (int i = 0; i < 100; ++i) {
            REQUIRE(write_all(ends.writer.get(), written.next(kPiece)) == 0);
            std::size_t place = 0;
            while (place < kPiece) {
                const ssize_t now = ::read(out.reader.get(), got.data() + place, kPiece - place);
                REQUIRE(now > 0);
                place += static_cast<std::size_t>(now);
            }
            REQUIRE((got == read.next(kPiece)));
        }
        ends.writer.reset();
        ends.hold.reset();
        REQUIRE(helper.wait() == exited(0));
        struct stat status {};
        REQUIRE(::fstat(ends.writer_copy.get(), &status) == 0);
        REQUIRE(status.st_size == 100 * static_cast<off_t>(kPiece));
        if (keep) {
            REQUIRE(status.st_blocks * 512 >= status.st_size);
        } else {
            REQUIRE(status.st_blocks * 512 <= 40 * static_cast<off_t>(kPiece));
        }
    }
}

TEST_CASE("errors of the system are named, with the descriptor") {
    const LeakCheck leaks;
    const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{"copy", "4"},
                                               {"copy", "--memory", "100000", "4"},
                                               {"deal", "4"},
                                               {"hash", "0", "4"}}) {
        CAPTURE(arguments);
        PipeEnds source = make_pipe();
        REQUIRE(write_all(source.writer.get(), "line\n") == 0);
        source.writer.reset();
        const RunResult result =
            start_helper(arguments, source.reader.get(), {{4, full.get()}}).finish();
        REQUIRE(result.status == exited(1));
        REQUIRE(result.err == "pipectl: " + arguments[0] +
                                  ": cannot write to descriptor 4: No space left on device\n");
    }
}

TEST_CASE("wrong usage of the helper is refused with status 125") {
    const LeakCheck leaks;
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{},
                                               {"nothing"},
                                               {"copy"},
                                               {"copy", "9"},
                                               {"copy", "--tell", "1"},
                                               {"copy", "--tell", "9", "1"},
                                               {"copy", "1", "1"},
                                               {"copy", "one"},
                                               {"copy", "-1"},
                                               {"copy", "99999999999999999999"},
                                               {"copy", "--memory", "1"},
                                               {"copy", "--memory", "x", "1"},
                                               {"copy", "--disk", "1", "1"},
                                               {"copy", "--room", "1", "--memory", "1", "1"},
                                               {"copy", "--what", "1", "1"},
                                               {"hash"},
                                               {"hash", "1"},
                                               {"hash", "x", "1"},
                                               {"deal"},
                                               {"lines"},
                                               {"concat"},
                                               {"follow"},
                                               {"follow", "1", "2"},
                                               {"follow", "1"}}) {
        CAPTURE(arguments);
        std::vector<std::string> argv = arguments;
        argv.insert(argv.begin(), HELPER_BINARY);
        const RunResult result = run(argv);
        REQUIRE(result.status == exited(125));
        REQUIRE(!result.err.empty());
        REQUIRE(result.out.empty());
    }
}
