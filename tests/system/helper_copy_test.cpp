// The helper program's `copy` between real pipes, sockets and files, with and without a buffer.

#include "tests/system/helper_fixture.hpp"

using namespace pipectl;
using namespace pipectl::test;

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

TEST_CASE("a reader of a copy that leaves truncates nobody else", "[R19]") {
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

TEST_CASE("a helper that was told of a reader before its program began has heard it") {
    const LeakCheck leaks;
    PipeEnds source = make_pipe();
    const Fd file = file_without_name(O_RDWR);
    Worker helper(
        [] {
            // as whoever starts helpers does it: blocked across execve(2)
            sigset_t told;
            ::sigemptyset(&told);
            ::sigaddset(&told, SIGRTMIN);
            ::sigprocmask(SIG_BLOCK, &told, nullptr);
            sigval value{};
            value.sival_int = 3;
            ::sigqueue(::getpid(), SIGRTMIN, value);
            ::execl(HELPER_BINARY, "copy", "copy", "3", nullptr);
            return 99;
        },
        {{0, source.reader.get()}, {3, file.get()}});
    REQUIRE(write_all(source.writer.get(), "nobody wants this") == 0);
    source = {};  // a helper that has heard nothing copies it and ends well
    REQUIRE(helper.wait() == killed_by(SIGPIPE));
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
    for (const char* piece : {"b", "c"}) {
        REQUIRE(write_all(source.writer.get(), piece) == 0);
        REQUIRE(::read(out.reader.get(), got, sizeof got) == 1);
    }
    value.sival_int = 1;
    REQUIRE(::sigqueue(helper.pid(), SIGRTMIN, value) == 0);
    REQUIRE(helper.wait() == killed_by(SIGPIPE));
    struct stat status {};
    REQUIRE(::fstat(file.get(), &status) == 0);
    // who was about to wait for a piece when the word came has not looked before the next one
    REQUIRE(status.st_size >= 1);
    REQUIRE(status.st_size <= 2);
}

TEST_CASE("200 MB of skew go through a bounded memory", "[R20][R35][alone]") {
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
                                 "pipectl: copy: cannot write to a spill file in"));
    REQUIRE_THAT(result.err, Catch::Matchers::ContainsSubstring("No space left on device"));
    REQUIRE(writer.wait() == killed_by(SIGPIPE));
}

TEST_CASE("a bounded buffer takes its room and no more, and loses nothing", "[R17]") {
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
