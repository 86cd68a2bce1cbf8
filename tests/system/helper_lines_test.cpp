// The helper program's jobs that know lines (deal, hash, lines), and `concat`.

#include "tests/system/helper_fixture.hpp"

using namespace pipectl;
using namespace pipectl::test;

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

TEST_CASE("a reader of a deal that leaves has its share dealt to the others", "[R19]") {
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

TEST_CASE("a line of 100 MB is one line, and lines that come meanwhile do not tear it",
          "[R16][alone]") {
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
