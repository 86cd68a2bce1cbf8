// The helper program's jobs between real pipes, sockets and files.

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <list>
#include <map>

#include "stages/channel/kind.hpp"
#include "tests/support/byte_stream.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/test_folder.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/worker.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

using Table = std::vector<std::pair<int, int>>;

constexpr std::int64_t kMegabyte = 1000000;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

/// The helper with its input and outputs; a number there is a descriptor here. Descriptor 1 may be
/// left out.
Child start_helper(std::vector<std::string> arguments, int in, Table table = {}) {
    arguments.insert(arguments.begin(), HELPER_BINARY);
    RunOptions options{.stdin_fd = in};
    const auto out = std::find_if(table.begin(), table.end(),
                                  [](const auto& entry) { return entry.first == 1; });
    if (out != table.end()) {
        options.stdout_fd = out->second;
        table.erase(out);
    }
    options.descriptors = table;
    return Child(arguments, options);
}

Worker stream_writer(int fd, std::int64_t size, std::uint64_t seed = 1) {
    return Worker([=] { return write_stream(1, static_cast<std::size_t>(size), 131071, seed); },
                  {{1, fd}});
}

/// Reads to the end in a process of its own and says how much was right.
class Checker {
  public:
    explicit Checker(int fd, std::uint64_t seed = 1)
        : result_(make_pipe()),
          worker_(
              [seed] {
                  const std::int64_t checked = check_stream(0, seed);
                  return ::write(1, &checked, sizeof checked) == sizeof checked ? 0 : 1;
              },
              {{0, fd}, {1, result_.writer.get()}}) {
        result_.writer.reset();
    }

    std::int64_t result() {
        std::int64_t checked = -1;
        if (worker_.wait() != exited(0)) return -1;
        return ::read(result_.reader.get(), &checked, sizeof checked) == sizeof checked ? checked
                                                                                        : -1;
    }

  private:
    PipeEnds result_;
    Worker worker_;
};

/// Two connected sockets or a pipe: what is written to `writer` comes out of `reader`.
PipeEnds make_link(const std::string& kind) {
    TestFolder folder;
    channel::EdgeEnds ends = channel::find_kind(kind)->create({}, folder);
    return {std::move(ends.reader), std::move(ends.writer)};
}

Fd file_without_name(int flags) {
    Fd file(::open("/tmp", O_TMPFILE | O_CLOEXEC | flags, 0600));
    REQUIRE(file);
    return file;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
        lines.push_back(text.substr(begin, end - begin));
        begin = end;
    }
    return lines;
}

/// The text as input, the outputs as texts: files never make the helper wait.
std::vector<std::string> distribute(std::vector<std::string> arguments, const std::string& text,
                                    int outputs) {
    const Fd in = file_without_name(O_RDWR);
    REQUIRE(write_all(in.get(), text) == 0);
    ::lseek(in.get(), 0, SEEK_SET);
    std::vector<Fd> files;
    Table table;
    for (int i = 0; i < outputs; ++i) {
        files.push_back(file_without_name(O_RDWR));
        table.emplace_back(3 + i, files.back().get());
        arguments.push_back(std::to_string(3 + i));
    }
    REQUIRE(start_helper(arguments, in.get(), table).wait() == exited(0));
    std::vector<std::string> texts;
    for (const Fd& file : files) {
        ::lseek(file.get(), 0, SEEK_SET);
        texts.push_back(read_all(file.get(), 1 << 30, "output"));
    }
    return texts;
}

std::string numbers(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += std::to_string(i) + (i % 7 == 0 ? " x\n" : "\n");
    }
    return text;
}

}  // namespace

TEST_CASE("copy gives every reader every byte, whatever the descriptors are") {
    const LeakCheck leaks;
    for (const std::string in : {"pipe", "unix", "tcp", "fifo"}) {
        for (const std::vector<std::string>& outs :
             std::vector<std::vector<std::string>>{{"pipe"},
                                                   {"unix"},
                                                   {"pipe", "pipe"},
                                                   {"pipe", "tcp", "unix", "fifo"},
                                                   {"unix", "unix"},
                                                   {"pipe", "pipe", "pipe", "pipe"}}) {
            for (const std::vector<std::string>& options : std::vector<std::vector<std::string>>{
                     {}, {"--memory", "1000000"}, {"--room", "300000"}}) {
                CAPTURE(in, outs, options);
                PipeEnds source = make_link(in);
                std::vector<std::string> arguments = {"copy"};
                arguments.insert(arguments.end(), options.begin(), options.end());
                std::vector<PipeEnds> links;
                Table table;
                for (std::size_t i = 0; i < outs.size(); ++i) {
                    links.push_back(make_link(outs[i]));
                    table.emplace_back(3 + i, links.back().writer.get());
                    arguments.push_back(std::to_string(3 + i));
                }
                Child helper = start_helper(arguments, source.reader.get(), table);
                Worker writer = stream_writer(source.writer.get(), 5 * kMegabyte + 1);
                source = {};
                std::list<Checker> checkers;
                for (PipeEnds& link : links) {
                    checkers.emplace_back(link.reader.get());
                    link = {};
                }
                REQUIRE(writer.wait() == exited(0));
                REQUIRE(helper.wait() == exited(0));
                for (Checker& checker : checkers) {
                    REQUIRE(checker.result() == 5 * kMegabyte + 1);
                }
            }
        }
    }
}

TEST_CASE("copy reads files, writes files, and appends to those that are appended to") {
    const LeakCheck leaks;
    const Fd in = file_without_name(O_RDWR);
    REQUIRE(write_stream(in.get(), 3 * kMegabyte, 65536) == 0);
    for (const std::vector<std::string>& options :
         std::vector<std::vector<std::string>>{{}, {"--memory", "1000000"}}) {
        const Fd plain = file_without_name(O_RDWR);
        const Fd appended = file_without_name(O_RDWR | O_APPEND);
        const Fd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
        REQUIRE(write_all(appended.get(), "old") == 0);
        ::lseek(in.get(), 0, SEEK_SET);
        std::vector<std::string> arguments = {"copy"};
        arguments.insert(arguments.end(), options.begin(), options.end());
        for (const char* number : {"3", "4", "5"}) {
            arguments.emplace_back(number);
        }
        Child helper = start_helper(arguments, in.get(),
                                    {{3, plain.get()}, {4, appended.get()}, {5, nowhere.get()}});
        REQUIRE(helper.wait() == exited(0));
        ::lseek(plain.get(), 0, SEEK_SET);
        ::lseek(appended.get(), 3, SEEK_SET);
        REQUIRE(check_stream(plain.get()) == 3 * kMegabyte);
        REQUIRE(check_stream(appended.get()) == 3 * kMegabyte);
    }
}

TEST_CASE("a reader of a copy that leaves truncates nobody else") {
    const LeakCheck leaks;
    for (const std::string kind : {"pipe", "unix", "tcp"}) {
        for (const std::vector<std::string>& options :
             std::vector<std::vector<std::string>>{{}, {"--memory", "500000"}}) {
            CAPTURE(kind, options);
            PipeEnds source = make_link("pipe");
            PipeEnds stays = make_link(kind);
            PipeEnds leaves = make_link(kind);
            PipeEnds stays_too = make_link("pipe");
            std::vector<std::string> arguments = {"copy"};
            arguments.insert(arguments.end(), options.begin(), options.end());
            arguments.insert(arguments.end(), {"3", "4", "5"});
            Child helper = start_helper(
                arguments, source.reader.get(),
                {{3, leaves.writer.get()}, {4, stays.writer.get()}, {5, stays_too.writer.get()}});
            leaves.writer.reset();
            Worker writer = stream_writer(source.writer.get(), 20 * kMegabyte);
            source = {};
            Checker first(stays.reader.get());
            Checker second(stays_too.reader.get());
            stays = {};
            stays_too = {};
            char some[1000];
            REQUIRE(::read(leaves.reader.get(), some, sizeof some) > 0);
            leaves.reader.reset();
            REQUIRE(writer.wait() == exited(0));
            REQUIRE(helper.wait() == exited(0));
            REQUIRE(first.result() == 20 * kMegabyte);
            REQUIRE(second.result() == 20 * kMegabyte);
        }
    }
}

TEST_CASE("an output that has got everything ends while another is still being read") {
    const LeakCheck leaks;
    for (const std::vector<std::string>& job : std::vector<std::vector<std::string>>{
             {"copy"}, {"copy", "--memory", "100000"}, {"deal"}, {"hash", "2"}}) {
        CAPTURE(job);
        PipeEnds source = make_link("pipe");
        PipeEnds early = make_link("pipe");
        PipeEnds late = make_pipe();
        PipeEnds told = make_pipe();
        std::vector<std::string> arguments = {job[0], "--tell", "5"};
        arguments.insert(arguments.end(), job.begin() + 1, job.end());
        arguments.insert(arguments.end(), {"3", "4"});
        // more than the late one's pipe takes, and less than the early one's
        std::string text;
        for (int i = 0; i < 30000; ++i) {
            text += std::to_string(i) + " key" + std::to_string(i % 2) + "\n";
        }
        REQUIRE(write_all(source.writer.get(), text) == 0);
        source.writer.reset();
        Child helper =
            start_helper(arguments, source.reader.get(),
                         {{3, early.writer.get()}, {4, late.writer.get()}, {5, told.writer.get()}});
        source = {};
        early.writer.reset();
        late.writer.reset();
        told.writer.reset();
        const std::string first = read_all(early.reader.get(), 1 << 30, "output");
        int message[2] = {};
        REQUIRE(::read(told.reader.get(), message, sizeof message) == sizeof message);
        REQUIRE(message[0] == helper.pid());
        REQUIRE(message[1] == 3);
        const std::string second = read_all(late.reader.get(), 1 << 30, "output");
        REQUIRE(helper.wait() == exited(0));
        if (job[0] == "copy") {
            REQUIRE((first == text && second == text));
        } else {
            REQUIRE(first.size() + second.size() == text.size());
        }
    }
}

TEST_CASE("a helper whose readers have all left dies of SIGPIPE, also when nothing comes in") {
    const LeakCheck leaks;
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{"copy", "1", "3"},
                                               {"copy", "--memory", "100000", "1", "3"},
                                               {"deal", "1", "3"},
                                               {"hash", "1", "1", "3"},
                                               {"concat", "4"},
                                               {"lines", "4"}}) {
        CAPTURE(arguments);
        PipeEnds source = make_pipe();
        PipeEnds first = make_pipe();
        PipeEnds second = make_pipe();
        Child helper = start_helper(
            arguments, source.reader.get(),
            {{1, first.writer.get()}, {3, second.writer.get()}, {4, source.reader.get()}});
        first = {};
        second = {};
        REQUIRE(helper.wait() == killed_by(SIGPIPE));
    }
}

TEST_CASE("a helper is told of a file's reader that has left by a signal with the descriptor") {
    const LeakCheck leaks;
    PipeEnds source = make_pipe();
    PipeEnds out = make_pipe();
    const Fd file = file_without_name(O_RDWR);
    Child helper = start_helper({"copy", "1", "3"}, source.reader.get(),
                                {{1, out.writer.get()}, {3, file.get()}});
    source.reader.reset();
    out.writer.reset();
    char got[8] = {};
    REQUIRE(write_all(source.writer.get(), "a") == 0);
    REQUIRE(::read(out.reader.get(), got, sizeof got) == 1);
    sigval value{};
    value.sival_int = 3;
    REQUIRE(::sigqueue(helper.pid(), SIGRTMIN, value) == 0);
    REQUIRE(write_all(source.writer.get(), "b") == 0);
    REQUIRE(::read(out.reader.get(), got, sizeof got) == 1);
    value.sival_int = 1;
    REQUIRE(::sigqueue(helper.pid(), SIGRTMIN, value) == 0);
    REQUIRE(helper.wait() == killed_by(SIGPIPE));
    struct stat status {};
    REQUIRE(::fstat(file.get(), &status) == 0);
    REQUIRE(status.st_size == 1);
}

TEST_CASE("200 MB of skew go through a bounded memory") {
    const LeakCheck leaks;
    constexpr std::int64_t kSize = 200 * kMegabyte;
    PipeEnds source = make_link("pipe");
    PipeEnds early = make_link("pipe");
    PipeEnds late = make_link("pipe");
    Child helper = start_helper({"copy", "--memory", "8388608", "1", "3"}, source.reader.get(),
                                {{1, early.writer.get()}, {3, late.writer.get()}});
    Worker writer = stream_writer(source.writer.get(), kSize);
    source = {};
    early.writer.reset();
    late.writer.reset();
    Checker first(early.reader.get());
    early = {};
    REQUIRE(first.result() == kSize);  // all of it, though nobody has read the other copy yet
    REQUIRE(writer.wait() == exited(0));
    const std::size_t peak = peak_memory(helper.pid());
    REQUIRE(peak > 0);
    // sanitizers keep books of their own in memory
    if (!kSanitized) REQUIRE(peak < std::size_t{16} << 20);
    Checker second(late.reader.get());
    late = {};
    REQUIRE(second.result() == kSize);
    REQUIRE(helper.wait() == exited(0));
}

TEST_CASE("a spill buffer that may use no more disk says so") {
    const LeakCheck leaks;
    PipeEnds source = make_link("pipe");
    PipeEnds out = make_pipe();
    Child helper = start_helper({"copy", "--memory", "300000", "--disk", "1000000", "1"},
                                source.reader.get(), {{1, out.writer.get()}});
    Worker writer = stream_writer(source.writer.get(), 20 * kMegabyte);
    source = {};
    const RunResult result = helper.finish();
    REQUIRE(result.status == exited(1));
    REQUIRE_THAT(result.err, Catch::Matchers::ContainsSubstring(
                                 "pipectl-helper copy: cannot write to a spill file in"));
    REQUIRE_THAT(result.err, Catch::Matchers::ContainsSubstring("No space left on device"));
    REQUIRE(writer.wait() == killed_by(SIGPIPE));
}

TEST_CASE("a bounded buffer takes its room and no more, and loses nothing") {
    const LeakCheck leaks;
    PipeEnds source = make_pipe();
    PipeEnds out = make_pipe();
    Child helper = start_helper({"copy", "--room", "1048576", "1"}, source.reader.get(),
                                {{1, out.writer.get()}});
    source.reader.reset();
    out.writer.reset();
    set_nonblocking(source.writer.get(), true);
    ByteStream stream;
    std::size_t taken = 0;
    std::string block;
    // until it takes nothing for a quarter of a second
    for (;;) {
        if (block.empty()) block = stream.next(4096);
        const ssize_t written = ::write(source.writer.get(), block.data(), block.size());
        if (written > 0) {
            taken += static_cast<std::size_t>(written);
            block.erase(0, static_cast<std::size_t>(written));
            continue;
        }
        pollfd waiting{source.writer.get(), POLLOUT, 0};
        if (::poll(&waiting, 1, 250) == 0) break;
    }
    REQUIRE(taken >= 1048576);
    REQUIRE(taken <= 1048576 + 2 * 65536 + 131072);
    source.writer.reset();
    REQUIRE(check_stream(out.reader.get()) == static_cast<std::int64_t>(taken));
    REQUIRE(helper.wait() == exited(0));
}

TEST_CASE("deal gives whole lines to all in turn, in their order") {
    const LeakCheck leaks;
    const std::string text = numbers(100001) + "no newline";
    const auto texts = distribute({"deal"}, text, 3);
    const auto lines = lines_of(text);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        std::string expected;
        for (std::size_t line = i; line < lines.size(); line += texts.size()) {
            expected += lines[line];
        }
        REQUIRE((texts[i] == expected));
    }
    REQUIRE(distribute({"deal"}, "", 2) == std::vector<std::string>{"", ""});
    REQUIRE(distribute({"deal"}, "\n\n\n", 2) == std::vector<std::string>{"\n\n", "\n"});
}

TEST_CASE("hash keeps lines of one key together, in their order, and the same in every run") {
    const LeakCheck leaks;
    std::string text;
    for (int i = 0; i < 30000; ++i) {
        text += "  " + std::to_string(i) + " \t key" + std::to_string(i % 1000) + " \tz\n";
    }
    const auto texts = distribute({"hash", "2"}, text, 4);
    std::map<std::string, std::size_t> place;
    std::size_t total = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        int last = -1;
        const auto lines = lines_of(texts[i]);
        total += lines.size();
        REQUIRE(lines.size() > 30000 / 8);
        for (const std::string& line : lines) {
            const std::string key = line.substr(line.find("key"));
            REQUIRE(place.emplace(key, i).first->second == i);
            const int number = std::stoi(line);
            REQUIRE(number > last);
            last = number;
        }
    }
    REQUIRE(total == 30000);
    REQUIRE((distribute({"hash", "2"}, text, 4) == texts));
    // the whole line, and a field that is not there
    const auto whole = distribute({"hash", "0"}, numbers(1000), 2);
    REQUIRE(lines_of(whole[0]).size() + lines_of(whole[1]).size() == 1000);
    const auto none = distribute({"hash", "9"}, numbers(1000), 2);
    REQUIRE((none[0].empty() || none[1].empty()));
}

TEST_CASE("a reader of a deal that leaves has its share dealt to the others") {
    const LeakCheck leaks;
    PipeEnds source = make_pipe();
    PipeEnds leaves = make_pipe();
    const Fd stays = file_without_name(O_RDWR);
    Child helper = start_helper({"deal", "3", "4"}, source.reader.get(),
                                {{3, leaves.writer.get()}, {4, stays.get()}});
    source.reader.reset();
    leaves.writer.reset();
    const std::string text = numbers(200000);
    Worker writer([&text] { return write_all(1, text); }, {{1, source.writer.get()}});
    source.writer.reset();
    char seen[1] = {};
    REQUIRE(::read(leaves.reader.get(), seen, 1) == 1);
    leaves.reader.reset();
    REQUIRE(writer.wait() == exited(0));
    REQUIRE(helper.wait() == exited(0));
    ::lseek(stays.get(), 0, SEEK_SET);
    auto got = lines_of(read_all(stays.get(), 1 << 30, "output"));
    auto lines = lines_of(text);
    // what was in the pipe is gone with its reader: at most its 64 KiB, and the line it tore
    REQUIRE(got.size() > lines.size() - 65536 / 2);
    std::sort(got.begin(), got.end());
    std::sort(lines.begin(), lines.end());
    REQUIRE(std::includes(lines.begin(), lines.end(), got.begin(), got.end()));
}

TEST_CASE("a reader of a hash that leaves takes its lines with it, and no others") {
    const LeakCheck leaks;
    const std::string text = numbers(50000);
    const auto expected = distribute({"hash", "1"}, text, 2);
    PipeEnds gone = make_pipe();
    gone.reader.reset();
    const Fd in = file_without_name(O_RDWR);
    REQUIRE(write_all(in.get(), text) == 0);
    ::lseek(in.get(), 0, SEEK_SET);
    const Fd stays = file_without_name(O_RDWR);
    Child helper =
        start_helper({"hash", "1", "3", "4"}, in.get(), {{3, gone.writer.get()}, {4, stays.get()}});
    REQUIRE(helper.wait() == exited(0));
    ::lseek(stays.get(), 0, SEEK_SET);
    REQUIRE((read_all(stays.get(), 1 << 30, "output") == expected[1]));
}

TEST_CASE("concat gives its inputs in the order in which they are named") {
    const LeakCheck leaks;
    PipeEnds first = make_link("pipe");
    PipeEnds second = make_link("unix");
    const Fd third = file_without_name(O_RDWR);
    REQUIRE(write_all(third.get(), "third") == 0);
    ::lseek(third.get(), 0, SEEK_SET);
    PipeEnds out = make_pipe();
    Child helper = start_helper({"concat", "5", "3", "4"}, -1,
                                {{1, out.writer.get()},
                                 {5, first.reader.get()},
                                 {3, second.reader.get()},
                                 {4, third.get()}});
    out.writer.reset();
    REQUIRE(write_all(second.writer.get(), "second ") == 0);
    second = {};
    REQUIRE(write_all(first.writer.get(), "first ") == 0);
    first = {};
    REQUIRE(read_all(out.reader.get(), 100, "output") == "first second third");
    REQUIRE(helper.wait() == exited(0));
}

TEST_CASE("lines never tears a line, and loses none") {
    const LeakCheck leaks;
    std::vector<PipeEnds> links;
    std::list<Worker> writers;
    std::vector<std::string> arguments = {"lines"};
    Table table;
    PipeEnds out = make_pipe();
    std::vector<std::string> expected;
    for (int i = 0; i < 4; ++i) {
        links.push_back(make_pipe());
        table.emplace_back(3 + i, links.back().reader.get());
        arguments.push_back(std::to_string(3 + i));
        std::string text;
        for (int line = 0; line < 20000; ++line) {
            const std::string number = std::to_string(i) + " " + std::to_string(line) + " ";
            text += number + std::string(static_cast<std::size_t>(line * 7 % 97), 'x') + "\n";
        }
        if (i < 2) text += "no newline " + std::to_string(i);
        for (std::string& line : lines_of(text)) {
            if (line.back() != '\n') line += '\n';
            expected.push_back(std::move(line));
        }
        // in pieces that end anywhere
        writers.emplace_back(
            [text] {
                for (std::size_t place = 0; place < text.size(); place += 1009) {
                    if (write_all(1, std::string_view(text).substr(place, 1009)) != 0) return 1;
                }
                return 0;
            },
            Table{{1, links.back().writer.get()}});
        links.back().writer.reset();
    }
    table.emplace_back(1, out.writer.get());
    Child helper = start_helper(arguments, -1, table);
    links.clear();
    out.writer.reset();
    std::string text = read_all(out.reader.get(), 1 << 30, "output");
    REQUIRE(helper.wait() == exited(0));
    if (text.back() != '\n') text += '\n';
    auto got = lines_of(text);
    // each input's lines are still in their order
    for (const char* input : {"0 ", "1 ", "2 ", "3 "}) {
        int last = -1;
        for (const std::string& line : got) {
            if (!line.starts_with(input)) continue;
            const int number = std::stoi(line.substr(2));
            REQUIRE(number == last + 1);
            last = number;
        }
        REQUIRE(last == 19999);
    }
    std::sort(got.begin(), got.end());
    std::sort(expected.begin(), expected.end());
    REQUIRE((got == expected));
}

TEST_CASE("a line of 100 MB is one line, and lines that come meanwhile do not tear it") {
    const LeakCheck leaks;
    PipeEnds huge = make_link("pipe");
    PipeEnds small = make_pipe();
    PipeEnds out = make_link("pipe");
    Child helper =
        start_helper({"lines", "3", "4"}, -1,
                     {{1, out.writer.get()}, {3, huge.reader.get()}, {4, small.reader.get()}});
    out.writer.reset();
    Worker writer(
        [] {
            const std::string block(kMegabyte, 'h');
            for (int i = 0; i < 100; ++i) {
                if (write_all(1, block) != 0) return 1;
                if (i == 50 && write_all(3, "small\n") != 0) return 1;
            }
            return write_all(1, "\n");
        },
        {{1, huge.writer.get()}, {3, small.writer.get()}});
    huge = {};
    small = {};
    const auto got = lines_of(read_all(out.reader.get(), 1 << 30, "output"));
    REQUIRE(helper.wait() == exited(0));
    REQUIRE(got.size() == 2);
    REQUIRE(got[0] == "small\n");
    REQUIRE(got[1].size() == 100 * kMegabyte + 1);
}

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
        REQUIRE(result.err == "pipectl-helper " + arguments[0] +
                                  ": cannot write to descriptor 4: No space left on device\n");
    }
}

TEST_CASE("wrong usage of the helper is refused with status 2") {
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
        REQUIRE(result.status == exited(2));
        REQUIRE(!result.err.empty());
        REQUIRE(result.out.empty());
    }
}
