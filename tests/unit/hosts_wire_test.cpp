// What hosts say to each other, as lines; the commands that lead to them; clocks of two machines.

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>
#include <string>

#include "orchestrator/hosts/clock_offset.hpp"
#include "orchestrator/hosts/engine.hpp"
#include "orchestrator/hosts/hex.hpp"
#include "orchestrator/hosts/message.hpp"
#include "orchestrator/hosts/talk.hpp"
#include "orchestrator/report/event_line.hpp"
#include "stages/base/fd.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;
using namespace pipectl::hosts;

namespace {

std::vector<Message> samples() {
    message::Plan plan;
    plan.run = "r";
    plan.host = 2;
    plan.plan = "{\"x\":\"\\u0000 \n\"}";
    plan.ends = {{3, "00ff", "abcd"}};
    plan.variables = {{"LANG", "C.UTF-8"}};
    plan.loopback = true;
    message::Refused refused{127, {{3, 8, 0, 2, "no program 'x'", "a hint"}}};
    return {plan,
            message::Wire{1, {"10.0.0.1", "::1"}, 4000},
            message::Relay{{"127.0.0.1"}, 6, "00ff"},
            message::Start{},
            message::Far{4, 2, 7, 0},
            message::Cancel{1, 15, true},
            message::Signal{1, 10},
            message::Stop{},
            message::Continue{},
            message::Prepare{},
            message::Settle{true, false},
            message::Bye{},
            message::Hello{kProtocol, "b", "x86_64", "vm", 12},
            refused,
            message::Ready{{"127.0.0.1"}, 5},
            message::Up{1, "no way"},
            message::Told{"{\"t\":1}"},
            message::Over{},
            message::Prepared{false, "full"},
            message::Settled{},
            message::Beat{1.5, -1}};
}

struct Pair {
    Pair() {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        here.reset(ends[0]);
        there.reset(ends[1]);
    }
    void says(std::string_view text) const { REQUIRE(write_all(there.get(), text) == 0); }
    Fd here, there;
};

Host ssh_host(const std::string& to) {
    Host host;
    host.engine = Host::Ssh{to, {}, {}};
    return host;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("every message is read as it was written") {
    for (const Message& each : samples()) {
        const std::string line = line_of(each);
        CAPTURE(line);
        CHECK(line.find('\n') == line.size() - 1);
        const Message read = message_of(line);
        CHECK(read.index() == each.index());
        CHECK(line_of(read) == line);
    }
}

TEST_CASE("a damaged message is refused or is one, and nothing else happens") {
    std::mt19937 random(7);
    for (const Message& each : samples()) {
        for (int round = 0; round < 300; ++round) {
            std::string line = line_of(each);
            const int changes = 1 + static_cast<int>(random() % 4);
            for (int i = 0; i < changes; ++i) {
                const std::size_t where = random() % line.size();
                switch (random() % 3) {
                    case 0: line[where] = static_cast<char>(random() % 256); break;
                    case 1: line.erase(where, random() % 8); break;
                    default: line.insert(where, 1 + random() % 3, "{[\"0,:"[random() % 6]); break;
                }
                if (line.empty()) line = "x";
            }
            try {
                (void)message_of(line);
            } catch (const WireError&) {
                // as it should
            }
        }
    }
    CHECK_THROWS_AS(message_of(R"({"t":"far","process":1})"), WireError);
    CHECK_THROWS_AS(message_of(R"({"t":"no-such"})"), WireError);
    CHECK_THROWS_AS(message_of(R"([])"), WireError);
}

TEST_CASE("greetings are skipped before the first message, and nothing after it") {
    const Pair pair;
    Talk talk(pair.here.get(), pair.here.get(), 1 << 20);
    pair.says("Welcome to node1\n{\"t\":\"no\"}\n{\n\n" + line_of(message::Over{}));
    REQUIRE(talk.take());
    const auto first = talk.next();
    REQUIRE(first);
    CHECK(std::holds_alternative<message::Over>(*first));
    CHECK(talk.noise() == "Welcome to node1\n{\"t\":\"no\"}\n{\n\n");
    pair.says("more\n");
    REQUIRE(talk.take());
    CHECK_THROWS_AS(talk.next(), WireError);
}

TEST_CASE("endless noise is no greeting") {
    const Pair pair;
    Talk talk(pair.here.get(), pair.here.get(), 1 << 20);
    bool refused = false;
    for (int i = 0; i < 100 && !refused; ++i) {
        pair.says(std::string(2000, 'x'));
        REQUIRE(talk.take());
        try {
            (void)talk.next();
        } catch (const WireError&) {
            refused = true;
        }
    }
    CHECK(refused);
}

TEST_CASE("a line without an end is not taken for ever") {
    const Pair pair;
    Talk talk(pair.here.get(), pair.here.get(), 100'000);
    pair.says(line_of(message::Over{}));
    REQUIRE(talk.take());
    REQUIRE(talk.next());
    bool open = true;
    for (int i = 0; i < 100 && open; ++i) {
        pair.says(std::string(20'000, 'x'));
        open = talk.take();
        if (open) (void)talk.next();
    }
    CHECK_FALSE(open);
}

TEST_CASE("what the other side does not take yet is sent on later, in order") {
    const Pair pair;
    Talk talk(pair.here.get(), pair.here.get(), 1 << 20);
    Talk other(pair.there.get(), pair.there.get(), 1 << 20);
    constexpr int kMany = 3000;
    for (int i = 0; i < kMany; ++i) {
        talk.send(message::Told{std::string(300, 'x') + std::to_string(i)});
    }
    CHECK(talk.has_waiting());
    int next = 0;
    while (next < kMany) {
        (void)talk.flush();
        REQUIRE(other.take());
        while (const auto message = other.next()) {
            const auto& told = std::get<message::Told>(*message);
            REQUIRE(told.line == std::string(300, 'x') + std::to_string(next));
            ++next;
        }
    }
    CHECK(talk.flush());
}

TEST_CASE("the fastest beat tells the other clock, and times stay between their neighbours") {
    ClockOffset clock;
    CHECK_FALSE(clock.offset());
    CHECK(clock.ours(50, 10, 20) == 20);
    clock.heard(10, 115, 20);  // 10 s under way
    CHECK(*clock.offset() == 100);
    CHECK(clock.error() == 5);
    clock.heard(30, 130.5, 31);
    CHECK(*clock.offset() == 100);
    CHECK(clock.error() == 0.5);
    clock.heard(40, 160, 60);  // slow: it says less
    CHECK(*clock.offset() == 100);
    CHECK(clock.ours(142, 30, 60) == 42);
    CHECK(clock.ours(120, 30, 60) == 30);
    CHECK(clock.ours(190, 30, 60) == 60);
}

TEST_CASE("an old fast beat does not count for ever") {
    ClockOffset clock;
    clock.heard(0, 100, 0.1);
    for (int i = 1; i <= 8; ++i) {
        clock.heard(i, 200 + i, i + 1);
    }
    CHECK(*clock.offset() == 199.5);
}

TEST_CASE("the commands that lead to hosts") {
    const Surroundings around{"/usr/bin/pipectl", ""};
    Host host;
    host.engine = Host::Local{};
    CHECK(engine_of(host)->session(host, around) == Words{"/usr/bin/pipectl", "node"});
    CHECK(engine_of(ssh_host("me@n1"))->session(ssh_host("me@n1"), around) ==
          Words{"ssh", "-T", "-o", "BatchMode=yes", "-o", "ControlPath=none", "--", "me@n1",
                "pipectl node"});
    Host there = ssh_host("n1");
    there.pipectl = "/opt/my tools/pipectl";
    std::get<Host::Ssh>(there.engine).options = {"-p", "2222"};
    CHECK(engine_of(there)->session(there, {"", "/etc/site"}) ==
          Words{"ssh", "-T", "-o", "BatchMode=yes", "-o", "ControlPath=none", "-F", "/etc/site",
                "-p", "2222", "--", "n1", "'/opt/my tools/pipectl' node"});
    CHECK(engine_of(ssh_host("n1"))->session(ssh_host("n1"), {"", "", true}).back() ==
          "pipectl node --edge");
    host.engine = Host::Command{{"docker", "exec", "-i", "x"}};
    CHECK(engine_of(host)->session(host, around) ==
          Words{"docker", "exec", "-i", "x", "pipectl", "node"});
    CHECK(engine_of(Host{}) == nullptr);
}

TEST_CASE("what ssh says by its status has a hint") {
    const Host host = ssh_host("n1");
    CHECK(engine_of(host)->hint(host, 255).find("BatchMode") != std::string::npos);
    CHECK(engine_of(host)->hint(host, 127).find("pipectl = ") != std::string::npos);
    CHECK(engine_of(host)->hint(host, 1).empty());
}

TEST_CASE("bytes as digits, and back") {
    CHECK(hex_of(std::string("\0\x7f\xff", 3)) == "007fff");
    CHECK(bytes_of("007fff", 3) == std::string("\0\x7f\xff", 3));
    CHECK_FALSE(bytes_of("007fff", 4));
    CHECK_FALSE(bytes_of("00zz", 2));
}

TEST_CASE("events are read as they were written, with the processes' names") {
    EventLines lines;
    RunStarted start;
    start.processes = {{"a", false, {}, 0}, {"b", false, {}, 0}};
    (void)lines.line({0, start});
    const EventReader reader({"a", "b"});
    ProcessEnded ended{1, {0, 9, false}, {0.5, 0.25, 4096, 0, 0}};
    Sampled seen;
    seen.processes = {{Activity::input, -1, 5, 0.5, 100}, {Activity::absent}};
    seen.filled = {-1, 7};
    const std::vector<Event> events = {
        {1.5, ProcessStarted{1, 77}},
        {2, ended},
        {2, ProcessJudged{0, Verdict::cut}},
        {2, CancelBegan{CancelBegan::Why::internal, -1, 0, "why"}},
        {2, StderrTail{1, "last\nwords", true}},
        {3, seen},
        {4, OutputDecided{"x", false, "full"}},
    };
    for (const Event& event : events) {
        const std::string line = lines.line(event);
        CAPTURE(line);
        CHECK(lines.line(reader.event_of(line)) == line);
    }
    CHECK_THROWS(reader.event_of(R"({"t":1,"event":"process-started","stage":"c","pid":1})"));
    CHECK_THROWS(reader.event_of(R"({"t":1,"event":"no-such"})"));
}
