// Peers of a ring that cut it short or scribble over it: an error for the other end, never a
// signal.

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <random>

#include "stages/channel/kind.hpp"
#include "stages/ring/ring_memory.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/test_folder.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/worker.hpp"

using namespace pipectl;
using namespace pipectl::channel;
using namespace pipectl::test;

namespace {

constexpr int kTicket = 3;
constexpr int kFailed = 12;
constexpr std::uint64_t kSize = 1 << 16;

/// One half in this process.
struct Half {
    explicit Half(Fd end) : line(std::move(end)), ticket(take_ticket(line.fd())) {}
    Line line;
    Ticket ticket;
};

/// Sends for ever, as the process at an end of the edge.
int send_for_ever() try {
    Half half{Fd(kTicket)};
    const auto sender = find_kind(half.ticket.kind)->open_sender(std::move(half.ticket), half.line);
    for (;;) {
        const std::span<char> room = sender->reserve(4096);
        std::ranges::fill(room, 'x');
        sender->commit(room.size(), false);
    }
} catch (const std::exception&) {
    return kFailed;
}

int receive_all() try {
    Half half{Fd(kTicket)};
    const auto receiver =
        find_kind(half.ticket.kind)->open_receiver(std::move(half.ticket), half.line);
    for (;;) {
        const Piece piece = receiver->peek();
        if (piece.end) return 0;
        receiver->release(piece.bytes.size());
    }
} catch (const std::exception&) {
    return kFailed;
}

}  // namespace

// mmap(2): a page beyond the end of the file is a signal, which no look beforehand can rule out.
TEST_CASE("a peer that cuts a mapped ring short gets the other end an error", "[ring][S9]") {
    const LeakCheck leaks;
    TestFolder folder;
    EdgeEnds ends = find_kind("mmap")->create({{"size", kSize}}, folder);
    const Half peer(std::move(ends.reader));
    Worker victim(send_for_ever, {{kTicket, ends.writer.get()}});
    ends = {};
    const RingMemory memory = map_ring_file(peer.ticket.objects.at(0).get(), kSize);
    REQUIRE(wait_until([&] { return memory.view().header->written.load() != 0; }));
    REQUIRE(::ftruncate(peer.ticket.objects.at(0).get(), 0) == 0);
    const ExitStatus status = victim.wait();
    // it may find that before it has mapped the file
    CHECK(status.signal == 0);
    CHECK((status.code == 125 || status.code == kFailed));
}

TEST_CASE("a peer that scribbles over what a ring sleeps on ends no process by a signal",
          "[ring][S8]") {
    const LeakCheck leaks;
    TestFolder folder;
    EdgeEnds ends =
        find_kind("shm")->create({{"size", kSize}, {"wait", std::string("semaphore")}}, folder);
    const Half peer(std::move(ends.writer));
    Worker victim(receive_all, {{kTicket, ends.reader.get()}});
    ends = {};
    const RingMemory memory = map_ring_file(peer.ticket.objects.at(0).get(), kSize);
    RingHeader* const header = memory.view().header;
    REQUIRE(wait_until([&] { return header->reader_bell.asleep.load() != 0; }));
    std::mt19937 random(1);
    for (int i = 0; i < 2000; ++i) {
        for (RingBell* const bell : {&header->reader_bell, &header->writer_bell}) {
            std::generate_n(reinterpret_cast<char*>(bell), sizeof *bell,
                            [&] { return static_cast<char>(random()); });
        }
        ::syscall(SYS_futex, &header->reader_bell.units, FUTEX_WAKE, 1, nullptr, nullptr, 0);
    }
    header->written.store(UINT64_MAX);  // beyond all bounds
    header->reader_bell.units.store(1);
    ::syscall(SYS_futex, &header->reader_bell.units, FUTEX_WAKE, 1, nullptr, nullptr, 0);
    CHECK(victim.wait().code == kFailed);
}
