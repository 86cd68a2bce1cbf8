// What is special to the two kinds of message queues; what they share with all bridged channels is
// in bridged_channel_test.cpp.

#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstring>

#include "stages/base/error.hpp"
#include "stages/channel/kind.hpp"
#include "stages/channel/ticket.hpp"
#include "stages/channel/wake_up.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/test_folder.hpp"
#include "tests/support/worker.hpp"

using namespace pipectl;
using namespace pipectl::channel;
using namespace pipectl::test;

namespace {

std::uint64_t number(std::uint64_t value) {
    return value;
}

std::string refusal(const char* kind, const Settings& settings) {
    TestFolder folder;
    try {
        (void)find_kind(kind)->create(settings, folder);
    } catch (const SystemError& error) {
        CHECK(folder.clean());
        return error.what();
    }
    return "";
}

void send_text(Sender& sender, std::string_view text) {
    const std::span<char> room = sender.reserve(text.size());
    std::memcpy(room.data(), text.data(), text.size());
    sender.commit(text.size(), false);
}

/// What making a usual queue says while another one has most of what the user may have.
std::string with_most_taken() {
    TestFolder folder;
    const EdgeEnds other =
        find_kind("mq")->create({{"message-size", number(8000)}, {"messages", number(2)}}, folder);
    return refusal("mq", {});
}

/// A run's chain of `cat`s over one kind: its status, after the bytes were compared.
RunResult chain(const std::string& kind, int stages) {
    const TemporaryFolder folder;
    std::string definition = pipeline({"via = '" + kind + "'"});
    for (int i = 0; i < stages; ++i) {
        definition += stage("cat" + std::to_string(i), {"cat"});
    }
    RunOptions options;
    options.stdin_text = std::string(300000, 'x') + "end\n";
    RunResult result = run_pipectl(folder, definition, {}, options);
    CHECK(result.out == *options.stdin_text);
    return result;
}

}  // namespace

TEST_CASE("a POSIX queue has no name once both ends are there, and is the user's alone",
          "[S1][R37]") {
    const LeakCheck leaks;
    TestFolder folder;
    const mode_t before = ::umask(0);
    const EdgeEnds ends = find_kind("mq")->create(
        {{"message-size", number(1000)}, {"messages", number(3)}, {"priority", number(5)}}, folder);
    ::umask(0777);
    const EdgeEnds hidden = find_kind("mq")->create({}, folder);
    ::umask(before);
    REQUIRE(folder.clean());

    Line line(duplicate(ends.writer.get()));
    const Ticket reader = take_ticket(ends.reader.get());
    struct stat info {};
    REQUIRE(::fstat(reader.objects.at(0).get(), &info) == 0);
    REQUIRE((info.st_mode & 07777) == 0600);
    const Ticket other = take_ticket(hidden.reader.get());
    REQUIRE(::fstat(other.objects.at(0).get(), &info) == 0);
    REQUIRE((info.st_mode & 07777) == 0600);
    mq_attr shape{};
    REQUIRE(::mq_getattr(reader.objects.at(0).get(), &shape) == 0);
    REQUIRE(shape.mq_msgsize == 1000);
    REQUIRE(shape.mq_maxmsg == 3);

    const auto sender = find_kind("mq")->open_sender(take_ticket(line.fd()), line);
    send_text(*sender, "data");
    sender->finish();
    for (int message = 0; message < 2; ++message) {  // the end mark has the same: it must not pass
        char room[1000];
        unsigned priority = 0;
        REQUIRE(::mq_receive(reader.objects.at(0).get(), room, sizeof room, &priority) > 0);
        REQUIRE(priority == 5);
    }
}

TEST_CASE("a POSIX queue that cannot be had is refused with the limit's name", "[R25]") {
    const LeakCheck leaks;
    CHECK(refusal("mq", {{"message-size", number(63)}}) ==
          "cannot use messages of 63 bytes: Invalid argument (64 bytes at least)");
    CHECK(refusal("mq", {{"messages", number(0)}}) ==
          "cannot use a queue of 0 messages: Invalid argument (1 at least)");
    CHECK(refusal("mq", {{"priority", number(32768)}}) ==
          "cannot use priority 32768: Invalid argument (0 to 32767)");
    const std::string too_long = refusal("mq", {{"message-size", number(std::uint64_t{1} << 40)}});
    CHECK_THAT(too_long, Catch::Matchers::ContainsSubstring("/proc/sys/fs/mqueue/msgsize_max is "));
    const std::string too_many = refusal("mq", {{"messages", number(1000000)}});
    CHECK_THAT(too_many, Catch::Matchers::ContainsSubstring("raise them with sysctl"));
}

TEST_CASE("the user's share of POSIX queues is named when it is used up") {
    const LeakCheck leaks;
    Worker worker(
        [] {
            // an account that no other run of this machine uses
            if (::geteuid() == 0 && ::setuid(200000 + static_cast<uid_t>(::getpid())) != 0)
                return 2;
            const rlimit low{20000, 20000};
            ::setrlimit(RLIMIT_MSGQUEUE, &low);
            const std::string usual = refusal("mq", {});  // the default makes itself small
            const std::string asked =
                refusal("mq", {{"message-size", number(8000)}, {"messages", number(4)}});
            const bool named =
                asked.starts_with("cannot create a message queue: Too many open files") &&
                asked.find("4 messages of 8000 bytes needs") != std::string::npos &&
                asked.find("may have 20000") != std::string::npos &&
                asked.find("'ulimit -q'") != std::string::npos;
            const std::string crowded = with_most_taken();
            return usual.empty() && crowded.empty() && named ? 0 : 1;
        },
        {});
    CHECK(worker.wait() == exited(0));
}

TEST_CASE("many edges of one run share what the user may have of queues", "[R36]") {
    const LeakCheck leaks;
    CHECK(chain("mq", 30).status == exited(0));
    CHECK(chain("sysv-mq", 30).status == exited(0));
}

TEST_CASE("a System V queue is private, and its messages have the type that was asked for",
          "[S5][S1]") {
    const LeakCheck leaks;
    TestFolder folder;
    const EdgeEnds ends =
        find_kind("sysv-mq")->create({{"type", number(7)}, {"message-size", number(100)}}, folder);
    Line line(duplicate(ends.writer.get()));
    Ticket ticket = take_ticket(line.fd());
    const int id = static_cast<int>(ticket.numbers[0]);
    msqid_ds queue{};
    REQUIRE(::msgctl(id, IPC_STAT, &queue) == 0);
    CHECK(queue.msg_perm.__key == IPC_PRIVATE);
    CHECK((queue.msg_perm.mode & 0777) == 0600);

    const auto sender = find_kind("sysv-mq")->open_sender(std::move(ticket), line);
    REQUIRE(sender->reserve(1000).size() == 99);  // one byte says what the message is
    send_text(*sender, "data");
    struct {
        long type;
        char bytes[100];
    } message{};
    CHECK(::msgrcv(id, &message, sizeof message.bytes, 6, IPC_NOWAIT) < 0);
    REQUIRE(::msgrcv(id, &message, sizeof message.bytes, 7, IPC_NOWAIT) == 5);
    CHECK(std::string_view(message.bytes + 1, 4) == "data");
}

TEST_CASE("a System V queue is gone as soon as its reader has the end", "[R37]") {
    const LeakCheck leaks;
    TestFolder folder;
    const EdgeEnds ends = find_kind("sysv-mq")->create({}, folder);
    Line out(duplicate(ends.writer.get()));
    Line in(duplicate(ends.reader.get()));
    Ticket ticket = take_ticket(out.fd());
    const int id = static_cast<int>(ticket.numbers[0]);
    {
        const auto sender = find_kind("sysv-mq")->open_sender(std::move(ticket), out);
        const auto receiver = find_kind("sysv-mq")->open_receiver(take_ticket(in.fd()), in);
        sender->finish();
        REQUIRE(receiver->peek().end);
    }
    CHECK(::msgctl(id, IPC_RMID, nullptr) != 0);
}

TEST_CASE("a System V queue that cannot be had is refused with the limit's name", "[R25]") {
    const LeakCheck leaks;
    CHECK(refusal("sysv-mq", {{"type", number(0)}}) ==
          "cannot use message type 0: Invalid argument (types start at 1)");
    CHECK_THAT(refusal("sysv-mq", {{"message-size", number(std::uint64_t{1} << 30)}}),
               Catch::Matchers::ContainsSubstring("the least of /proc/sys/kernel/msgmax and "
                                                  "/proc/sys/kernel/msgmnb"));
}

TEST_CASE("a call that sleeps is woken to look around") {
    const LeakCheck leaks;
    WakeUp wake_up;
    const double begin = now();
    for (int i = 0; i < 2; ++i) {  // the second wait begins with the timer already going
        const WakeUp::Scope waiting(wake_up);
        CHECK(::pause() < 0);
        CHECK(errno == EINTR);
    }
    CHECK(now() - begin < 2.0);
}

TEST_CASE("one queue feeds several readers, each with its type, and none holds another up",
          "[R16][S19]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const auto reader = [](const std::string& name, const std::string& from, int type,
                           const std::vector<std::string>& argv) {
        return stage(
            name, argv,
            {"from = { stage = '" + from + "', via = { channel = 'sysv-mq', queue = 'q', " +
                 "type = " + std::to_string(type) + " } }",
             "stdout = '" + name + ".out'"});
    };
    // the last reader takes what a reader of the same queue writes, and one does not read at all
    // until all others have ended
    const RunResult result = run_pipectl(
        folder,
        shell("w", "seq 1 30000 | sed 's/.*[05]$/1 &/; t; s/.*[12]$/2 &/; t; s/.*/3 &/'",
              {"fan-out = { by = 'type' }"}) +
            reader("one", "w", 1, {"wc", "-l"}) + reader("two", "w", 2, {"cat"}) +
            stage(
                "pass", {"cat"},
                {"from = { stage = 'w', via = { channel = 'sysv-mq', queue = 'q', type = 3 } }"}) +
            reader("four", "pass", 4, {"wc", "-l"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(folder.read("one.out") == "6000\n");
    CHECK(folder.read("two.out").starts_with("2 1\n2 2\n2 11\n2 12\n"));
    CHECK(folder.read("four.out") == "18000\n");
}

TEST_CASE("a slow reader of a shared queue does not stop the others") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const auto via = [](int type) {
        return "via = { channel = 'sysv-mq', queue = 'q', type = " + std::to_string(type) + " }";
    };
    const RunResult result =
        run_pipectl(folder,
                    stage("a", {"seq", "100000"}, {"stdin = { null = true }"}) +
                        shell("slow", misbehave() + " wait-for-file done; wc -l", {via(1)}) +
                        stage("b", {"seq", "200000"}, {"stdin = { null = true }"}) +
                        shell("fast", "wc -l; echo > done", {via(2)}),
                    {}, {.timeout = 30s});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "200000\n100000\n");
}

TEST_CASE("two edges may not take the same type from one queue") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = "via = { channel = 'sysv-mq', queue = 'q', type = 1 }";
    const RunResult result = run_pipectl(
        folder, stage("a", {"true"}) + stage("b", {"cat"}, {via}) + stage("c", {"cat"}, {via}));
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK(result.err.find("two edges take type 1 from queue 'q'") != std::string::npos);
}

TEST_CASE("queues of sixteen runs of one user have room beside each other", "[queue][R36]") {
    const LeakCheck leaks;
    Worker worker(
        [] {
            // an account that no other run of this machine uses
            if (::geteuid() == 0 && ::setuid(200000 + static_cast<uid_t>(::getpid())) != 0) {
                return 2;
            }
            TestFolder folder;
            std::vector<EdgeEnds> edges;
            const Settings of_a_run = {{std::string(kSiblingsSetting), number(4)}};
            const auto before = std::chrono::steady_clock::now();
            for (int edge = 0; edge < 16 * 4; ++edge) {
                edges.push_back(find_kind("mq")->create(of_a_run, folder));
            }
            // nobody had to wait for another
            return std::chrono::steady_clock::now() - before < 1500ms ? 0 : 1;
        },
        {});
    CHECK(worker.wait() == exited(0));
}
