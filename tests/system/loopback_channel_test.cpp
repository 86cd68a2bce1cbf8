// What is special to `udp` and `raw`: real loss in the kernel, strangers, small buffers, slow
// readers, and what a definition may ask for.

#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <iterator>
#include <thread>

#include "stages/base/error.hpp"
#include "stages/channel/kind.hpp"
#include "tests/support/byte_stream.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_folder.hpp"

using namespace pipectl;
using namespace pipectl::channel;
using namespace pipectl::test;

namespace {

/// The kernel throws away one datagram of `one_of` before this socket sees it, by chance.
void lose_some(int socket, std::uint32_t one_of) {
    sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_RANDOM)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0xffffffff / one_of, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const sock_fprog filter{std::size(steps), steps};
    REQUIRE(::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0);
}

std::string send_stream(Sender& sender, std::size_t size) {
    try {
        ByteStream stream;
        while (size > 0) {
            const std::span<char> room = sender.reserve(size);
            const std::string bytes = stream.next(room.size());
            std::memcpy(room.data(), bytes.data(), bytes.size());
            sender.commit(bytes.size(), false);
            size -= bytes.size();
        }
        sender.finish();
        return "";
    } catch (const std::exception& error) {
        return error.what();
    }
}

std::string receive_stream(Receiver& receiver, std::size_t size) {
    try {
        ByteStream stream;
        for (;;) {
            const Piece piece = receiver.peek();
            if (piece.end) return size == 0 ? "" : "too little";
            if (stream.next(piece.bytes.size()) !=
                std::string_view(piece.bytes.data(), piece.bytes.size())) {
                return "wrong bytes";
            }
            size -= piece.bytes.size();
            receiver.release(piece.bytes.size());
        }
    } catch (const std::exception& error) {
        return error.what();
    }
}

/// A run in a network of its own, which the script makes ready; 99 when it cannot.
RunResult run_in_network(const TemporaryFolder& folder, const std::string& set_up) {
    folder.write("pipeline.toml", pipeline({"via = { channel = 'udp', message-size = 8192 }"}) +
                                      shell("numbers", "seq 1 300000") + stage("through", {"cat"}) +
                                      stage("sum", {"cksum"}));
    folder.write("script", set_up + " || exit 99\nexec " PIPECTL_BINARY " run pipeline.toml\n");
    return run({"unshare", "--net", "sh", "script"}, {.cwd = folder.path(), .timeout = 60s});
}

std::string sum_without_channel() {
    return run({"sh", "-c", "seq 1 300000 | cksum"}).out;
}

}  // namespace

TEST_CASE("every byte arrives over UDP although the kernel loses every fifth datagram", "[R16]") {
    constexpr std::size_t kSize = 20000000;
    const LeakCheck leaks;
    TestFolder folder;
    EdgeEnds ends = find_kind("udp")->create({{"message-size", std::uint64_t{16384}}}, folder);
    Line senders_line{std::move(ends.writer)};
    Line receivers_line{std::move(ends.reader)};
    Ticket for_sender = take_ticket(senders_line.fd());
    Ticket for_receiver = take_ticket(receivers_line.fd());
    lose_some(for_sender.objects[0].get(), 5);
    lose_some(for_receiver.objects[0].get(), 5);
    const auto sender = find_kind("udp")->open_sender(std::move(for_sender), senders_line);
    const auto receiver = find_kind("udp")->open_receiver(std::move(for_receiver), receivers_line);
    std::string senders_end;
    std::thread thread([&] { senders_end = send_stream(*sender, kSize); });
    const std::string receivers_end = receive_stream(*receiver, kSize);
    thread.join();
    REQUIRE(senders_end.empty());
    REQUIRE(receivers_end.empty());
}

TEST_CASE("the kernel gives a UDP edge no stranger's datagram", "[S13]") {
    const LeakCheck leaks;
    TestFolder folder;
    EdgeEnds ends = find_kind("udp")->create({}, folder);
    const Ticket ticket = take_ticket(ends.reader.get());
    sockaddr_in address{};
    socklen_t size = sizeof address;
    const int socket = ticket.objects[0].get();
    REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    REQUIRE(address.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
    const Fd stranger(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    REQUIRE(::sendto(stranger.get(), "x", 1, 0, reinterpret_cast<sockaddr*>(&address), size) == 1);
    char byte = 0;
    REQUIRE(::recv(socket, &byte, 1, MSG_DONTWAIT) < 0);
}

TEST_CASE("the options of datagrams are refused when they cannot work") {
    TestFolder folder;
    const Kind& udp = *find_kind("udp");
    using Catch::Matchers::ContainsSubstring;
    REQUIRE_THROWS_WITH(udp.create({{"message-size", std::uint64_t{65508}}}, folder),
                        ContainsSubstring("128 to 65507 bytes"));
    REQUIRE_THROWS_WITH(udp.create({{"message-size", std::uint64_t{100}}}, folder),
                        ContainsSubstring("cannot use datagrams of 100 bytes"));
    REQUIRE_THROWS_WITH(udp.create({{"size", std::uint64_t{1} << 40}}, folder),
                        ContainsSubstring("rmem_max"));
}

TEST_CASE("a small socket buffer only makes the window smaller") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder, pipeline({"via = { channel = 'udp', size = '64KiB', message-size = '16KiB' }"}) +
                    stage("zeros", {"head", "-c", "20000000", "/dev/zero"}) +
                    stage("count", {"wc", "-c"}));
    CAPTURE(result);
    REQUIRE(result.status == exited(0));
    REQUIRE(result.out == "20000000\n");
}

TEST_CASE("a reader that does not read for two seconds costs neither time nor data",
          "[R17][alone]") {
    const LeakCheck leaks;
    for (const char* name : {"udp", "raw"}) {
        if (find_kind(name)->name == "raw" && !may_make_raw_sockets()) continue;
        CAPTURE(name);
        const TemporaryFolder folder;
        const RunResult result =
            run_pipectl(folder,
                        pipeline({std::string("via = '") + name + "'"}) +
                            shell("numbers", "seq 1 2000000") + shell("sum", "sleep 2; cksum"),
                        {"--json", "record.json"});
        CAPTURE(result);
        REQUIRE(result.status == exited(0));
        REQUIRE(result.out == run({"sh", "-c", "seq 1 2000000 | cksum"}).out);
        const Record record(folder.read("record.json"));
        for (const char* helper :
             {"send:numbers.stdout->sum.stdin", "receive:numbers.stdout->sum.stdin"}) {
            CAPTURE(helper, record.text());
            const std::string user = record.member(helper, "user_s");
            const std::string system = record.member(helper, "sys_s");
            REQUIRE_FALSE(user.empty());
            REQUIRE(std::stod(user) + std::stod(system) < 0.5);
        }
    }
}

TEST_CASE("raw packets without the capability are refused with a way out") {
    if (::geteuid() != 0) {
        WARN("SKIPPED: needs root");
        return;
    }
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult result = run(
        {"setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw", PIPECTL_BINARY, "run",
         folder.write("pipeline.toml", pipeline({"via = 'raw'"}) + stage("one", {"echo", "x"}) +
                                           stage("two", {"cat"}))});
    CAPTURE(result);
    REQUIRE(result.status == exited(125));
    REQUIRE(result.out.empty());
    REQUIRE_THAT(result.err, Catch::Matchers::ContainsSubstring("CAP_NET_RAW"));
}

TEST_CASE("a run over UDP goes on in a network that loses, doubles and reorders") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult result = run_in_network(folder,
                                            "ip link set lo up && tc qdisc add dev lo root netem "
                                            "delay 1ms reorder 20% loss 5% duplicate 5%");
    CAPTURE(result);
    if (result.status == exited(99) || result.status == exited(1)) {
        WARN("SKIPPED: no network namespace with netem can be made here");
        return;
    }
    REQUIRE(result.status == exited(0));
    REQUIRE(result.out == sum_without_channel());
}

TEST_CASE("a run over UDP goes on in a network that drops what comes too fast") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult result =
        run_in_network(folder,
                       "ip link set lo up && ip link set lo mtu 1500 && "
                       "tc qdisc add dev lo root tbf rate 160mbit burst 20k limit 60k");
    CAPTURE(result);
    if (result.status == exited(99) || result.status == exited(1)) {
        WARN("SKIPPED: no network namespace with a token bucket can be made here");
        return;
    }
    REQUIRE(result.status == exited(0));
    REQUIRE(result.out == sum_without_channel());
}
