#include "stages/channel/kind.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "stages/base/error.hpp"
#include "stages/kinds/pipe.hpp"
#include "stages/objects/object_name.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_folder.hpp"

using namespace pipectl;
using namespace pipectl::channel;
using pipectl::test::TestFolder;

namespace {

bool close_on_exec(const Fd& fd) {
    return !fd || (::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0;
}

EdgeEnds make(std::string_view kind, const Settings& settings, PrivateFolder& folder) {
    const Kind* found = find_kind(kind);
    REQUIRE(found != nullptr);
    return found->create(settings, folder);
}

}  // namespace

TEST_CASE("the table knows every kind of the language once, direct ones first") {
    std::set<std::string_view> names;
    for (const Kind* kind : kinds()) {
        CAPTURE(kind->name);
        REQUIRE(names.insert(kind->name).second);
        REQUIRE(find_kind(kind->name) == kind);
        REQUIRE(kind->create != nullptr);
        REQUIRE((kind->open_sender != nullptr) == (kind->ends == Ends::bridged));
        REQUIRE((kind->open_receiver != nullptr) == (kind->open_sender != nullptr));
        REQUIRE(!kind->summary.empty());
        REQUIRE(!kind->kernel_object.empty());
        const bool told = kind->reader_gone == ReaderGone::we_tell;
        REQUIRE(told == (kind->writer_goes_on != nullptr));
        REQUIRE(kind->between_hosts == (kind->name == "net"));
    }
    REQUIRE(kinds()[0]->name == "pipe");
    REQUIRE(find_kind("pipes") == nullptr);
    REQUIRE(find_kind("") == nullptr);
}

TEST_CASE("the manual's table of channels has each kind with all of its options") {
    std::ifstream file(std::string(PIPECTL_SOURCE_FOLDER) + "/stages/README.md");
    std::vector<std::string> rows;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("| `")) rows.push_back(line);
    }
    for (const Kind* kind : kinds()) {
        const std::string name = "`" + std::string(kind->name) + "`";
        const auto row = std::ranges::find_if(rows, [&](const std::string& each) {
            return each.substr(0, each.find('|', 1)).find(name) != std::string::npos;
        });
        CAPTURE(name);
        REQUIRE(row != rows.end());
        for (const Option& option : kind->options) {
            CAPTURE(option.name);
            CHECK(row->find("`" + std::string(option.name) + "`") != std::string::npos);
        }
    }
}

TEST_CASE("every bridged kind and every kind with addresses has endpoints") {
    for (const Kind* kind : kinds()) {
        CAPTURE(kind->name);
        if (kind->ends == Ends::bridged) CHECK(kind->endpoint.meeting != Meeting::none);
        if (kind->endpoint.is_path != nullptr) CHECK(kind->endpoint.problem != nullptr);
    }
}

TEST_CASE("settings that are absent read as the default") {
    const Settings settings = {
        {"size", std::uint64_t{4096}}, {"keep", true}, {"path", std::string("/x")}};
    REQUIRE(number_of(settings, "size", 1) == 4096);
    REQUIRE(number_of(settings, "mode", 0600) == 0600);
    REQUIRE(flag_of(settings, "keep", false));
    REQUIRE(flag_of(settings, "nodelay", true));
    REQUIRE(text_of(settings, "path", "") == "/x");
    REQUIRE(text_of(settings, "wait", "futex") == "futex");
}

TEST_CASE("a few pipes are large, and many leave half of the user's share to others") {
    constexpr std::uint64_t kKiB = 1024;
    REQUIRE(default_pipe_size(0) == 1024 * kKiB);
    REQUIRE(default_pipe_size(1) == 1024 * kKiB);
    REQUIRE(default_pipe_size(32) == 1024 * kKiB);
    REQUIRE(default_pipe_size(33) == 512 * kKiB);
    REQUIRE(default_pipe_size(128) == 256 * kKiB);
    REQUIRE(default_pipe_size(256) == 128 * kKiB);
    REQUIRE(default_pipe_size(257) == 0);
    REQUIRE(default_pipe_size(1000000) == 0);
}

TEST_CASE("names of objects cannot be guessed and are recognised", "[S2]") {
    const std::string name = make_object_name();
    REQUIRE(name != make_object_name());
    REQUIRE(is_object_name(name));
    REQUIRE_FALSE(is_object_name(name + "0"));
    REQUIRE_FALSE(is_object_name("pipectl."));
    REQUIRE_FALSE(is_object_name("pipectl.0123456789abcdef0123456789abcdeF"));
    REQUIRE_FALSE(is_object_name("pipectlx0123456789abcdef0123456789abcdef"));
}

TEST_CASE("every end is close-on-exec and blocking, and no name is left", "[S12][S2]") {
    for (const Kind* kind : kinds()) {
        CAPTURE(kind->name);
        TestFolder folder;
        {
            const EdgeEnds ends = kind->create({}, folder);
            REQUIRE(ends.writer);
            REQUIRE(ends.reader);
            REQUIRE(ends.hold.valid() == (kind->ends == Ends::direct));
            REQUIRE(ends.finish.valid() == kind->follower);
            REQUIRE(ends.writer_copy.valid() == (kind->reader_gone == ReaderGone::we_tell));
            for (const Fd* fd : {&ends.writer, &ends.reader, &ends.finish, &ends.hold,
                                 &ends.reader_copy, &ends.writer_copy}) {
                REQUIRE(close_on_exec(*fd));
            }
            REQUIRE((::fcntl(ends.writer.get(), F_GETFL) & O_NONBLOCK) == 0);
            REQUIRE((::fcntl(ends.reader.get(), F_GETFL) & O_NONBLOCK) == 0);
        }
        REQUIRE(folder.clean());
    }
}

TEST_CASE("what the table says of opening an end again holds when the other side has gone") {
    for (const Kind* kind : kinds()) {
        if (kind->ends != Ends::direct) continue;
        CAPTURE(kind->name);
        TestFolder folder;
        EdgeEnds ends = kind->create({}, folder);
        ends.reader.reset();  // as when the reader was faster
        ends.reader_copy.reset();
        const std::string path = "/dev/fd/" + std::to_string(ends.writer.get());
        const Fd again(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK));
        REQUIRE(again.valid() == kind->reopenable);
    }
}

TEST_CASE("a pipe has the size that was asked for, and says so when it cannot") {
    TestFolder folder;
    const Settings asked = {{"size", std::uint64_t{131072}}};
    REQUIRE(::fcntl(make("pipe", asked, folder).writer.get(), F_GETPIPE_SZ) == 131072);
    const Settings planned = {{"default-size", std::uint64_t{262144}}};
    REQUIRE(::fcntl(make("pipe", planned, folder).writer.get(), F_GETPIPE_SZ) == 262144);
    const Settings none = {{"default-size", std::uint64_t{0}}};
    const PipeEnds plain = make_pipe();
    REQUIRE(::fcntl(make("pipe", none, folder).writer.get(), F_GETPIPE_SZ) ==
            ::fcntl(plain.writer.get(), F_GETPIPE_SZ));
    REQUIRE_THROWS_WITH(make("pipe", {{"size", std::uint64_t{1} << 40}}, folder),
                        Catch::Matchers::ContainsSubstring("pipe-max-size"));
    REQUIRE_NOTHROW(make("pipe", {{"default-size", std::uint64_t{1} << 31}}, folder));
    REQUIRE(::fcntl(make("fifo", asked, folder).writer.get(), F_GETPIPE_SZ) == 131072);
}

TEST_CASE("a socket's size that the kernel would silently cut is refused") {
    TestFolder folder;
    for (const char* kind : {"unix", "tcp"}) {
        REQUIRE_NOTHROW(make(kind, {{"size", std::uint64_t{65536}}}, folder));
        REQUIRE_THROWS_WITH(make(kind, {{"size", std::uint64_t{1} << 40}}, folder),
                            Catch::Matchers::ContainsSubstring("mem_max"));
    }
}

TEST_CASE("a FIFO at a path is used when it is there and ours, and stays", "[S4][S6]") {
    TestFolder folder;
    const std::string path = folder.path() + "/edge";
    const Settings settings = {{"path", path}, {"mode", std::uint64_t{0640}}};
    struct stat status {};
    const auto make_anew = [&] {
        TestFolder run;
        return make("fifo", settings, run);
    };

    TestFolder before;
    make("fifo", settings, before);
    REQUIRE(::lstat(path.c_str(), &status) == 0);  // until the run ends, which the folder does
    REQUIRE((status.st_mode & 0777) == 0640);
    ::unlink(path.c_str());

    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    const EdgeEnds ends = make("fifo", settings, folder);
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    REQUIRE((status.st_mode & 0777) == 0600);
    REQUIRE(write_all(ends.writer.get(), "x") == 0);
    ::unlink(path.c_str());

    REQUIRE(::symlink("/tmp/nowhere", path.c_str()) == 0);
    REQUIRE_THROWS_AS(make_anew(), SystemError);
    ::unlink(path.c_str());
    const Fd file(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    REQUIRE_THROWS_WITH(make_anew(), Catch::Matchers::ContainsSubstring("something else"));
    ::unlink(path.c_str());
    REQUIRE_THROWS_AS(make("fifo", {{"path", std::string("/nowhere/x")}}, folder), SystemError);
    REQUIRE(folder.clean());
}

TEST_CASE("a spool file is kept where that was asked for, and replaces only a regular file",
          "[S4]") {
    TestFolder folder;
    const std::string path = folder.path() + "/spool";
    const Settings settings = {{"path", path}, {"keep", true}, {"mode", std::uint64_t{0640}}};
    struct stat status {};
    for (const char* content : {"first", "second"}) {
        const EdgeEnds ends = make("file", settings, folder);
        REQUIRE(write_all(ends.writer.get(), content) == 0);
        REQUIRE(read_small_file(path) == content);
        REQUIRE(::stat(path.c_str(), &status) == 0);
        REQUIRE((status.st_mode & 07777) == 0640);
    }
    ::unlink(path.c_str());
    REQUIRE(::mkdir(path.c_str(), 0700) == 0);
    REQUIRE_THROWS_WITH(make("file", settings, folder),
                        Catch::Matchers::ContainsSubstring("not a regular file"));
    REQUIRE_NOTHROW(make("file", {{"keep", true}}, folder));  // without a name, for `resume`
    REQUIRE_NOTHROW(make("file", {{"path", path}}, folder));
    ::rmdir(path.c_str());
    REQUIRE_NOTHROW(make("file", {{"path", path}}, folder));
    REQUIRE(folder.clean());
}

TEST_CASE("a writer of a file is seen to go on when it has written since it was last looked at") {
    TestFolder folder;
    const Kind* kind = find_kind("file");
    EdgeEnds ends = kind->create({}, folder);
    REQUIRE(write_all(ends.writer.get(), std::string(70000, 'x')) == 0);
    ends.reader.reset();
    std::uint64_t mark = 0;
    for (int i = 0; i < 3; ++i) {
        REQUIRE_FALSE(kind->writer_goes_on(ends.writer_copy.get(), mark));
    }
    REQUIRE(write_all(ends.writer.get(), "y") == 0);
    REQUIRE(kind->writer_goes_on(ends.writer_copy.get(), mark));
    REQUIRE_FALSE(kind->writer_goes_on(ends.writer_copy.get(), mark));
}
