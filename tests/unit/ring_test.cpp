#include "stages/ring/ring.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>

#include "stages/base/error.hpp"
#include "stages/ring/ring_halves.hpp"
#include "stages/ring/ring_memory.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/pattern.hpp"

using namespace pipectl;
using namespace pipectl::channel;
using pipectl::test::pattern;

namespace {

constexpr std::uint64_t kSize = 4096;

/// A ring that this process alone sees.
RingMemory make_memory(std::uint64_t size, bool lines = false) {
    const Fd file(::memfd_create("ring-test", MFD_CLOEXEC));
    allocate_ring_file(file.get(), size, "memory");
    RingMemory memory = map_ring_file(file.get(), size);
    format_ring(memory.view().header, size, lines);
    return memory;
}

/// Thrown where a half would sleep.
struct WouldSleep {};

class NoBells : public RingBells {
  public:
    void wait(RingSide /*side*/, int /*timeout_ms*/) override { throw WouldSleep{}; }
    void wake(RingSide /*side*/) noexcept override {}
};

/// Two halves in one process, which never sleep.
struct Halves {
    explicit Halves(std::uint64_t size, bool lines)
        : file(::memfd_create("ring-test", MFD_CLOEXEC)), ends(make_ticket_ends({}, {})) {
        allocate_ring_file(file.get(), size, "memory");
        sender_line.emplace(std::move(ends.writer));
        receiver_line.emplace(std::move(ends.reader));
        RingMemory memory = map_ring_file(file.get(), size);
        header = memory.view().header;
        format_ring(header, size, lines);
        sender.emplace(OpenRing{std::move(memory), std::make_unique<NoBells>(), size},
                       *sender_line);
        receiver.emplace(
            OpenRing{map_ring_file(file.get(), size), std::make_unique<NoBells>(), size},
            *receiver_line);
    }
    Fd file;
    TicketEnds ends;
    RingHeader* header;
    std::optional<Line> sender_line;
    std::optional<Line> receiver_line;
    std::optional<RingSender> sender;
    std::optional<RingReceiver> receiver;
};

bool is_corrupt(const SystemError& error) {
    return error.code() == EBADMSG;
}

/// One step of a sender: false when it would have to sleep.
bool send_some(Sender& sender, std::string_view data, bool ends_record) {
    try {
        const std::span<char> room = sender.reserve(data.size());
        const std::size_t part = std::min(room.size(), data.size());
        std::copy_n(data.data(), part, room.data());
        sender.commit(part, ends_record);
        return true;
    } catch (const WouldSleep&) {
        return false;
    }
}

/// One step of a receiver: bytes taken.
std::size_t receive_some(Receiver& receiver, std::size_t most) {
    try {
        const Piece piece = receiver.peek();
        const std::size_t part = std::min(most, piece.bytes.size());
        receiver.release(part);
        return part;
    } catch (const WouldSleep&) {
        return 0;
    }
}

}  // namespace

TEST_CASE("a ring is empty at first and full when all of it was published") {
    const RingMemory memory = make_memory(kSize);
    RingProducer producer(memory.view(), kSize);
    RingConsumer consumer(memory.view(), kSize);
    REQUIRE(consumer.data().empty());
    REQUIRE(producer.room(1).size() == kSize);
    producer.publish(kSize);
    REQUIRE(producer.room(1).empty());
    REQUIRE(consumer.data().size() == kSize);
    consumer.release(100);
    REQUIRE(producer.room(1).size() == 100);
    REQUIRE(consumer.data().size() == kSize - 100);
}

TEST_CASE("room and data are one piece where the ring wraps") {
    const RingMemory memory = make_memory(kSize);
    RingProducer producer(memory.view(), kSize);
    RingConsumer consumer(memory.view(), kSize);
    producer.publish(kSize - 10);
    (void)consumer.data();
    consumer.release(kSize - 10);
    const std::span<char> room = producer.room(kSize);
    REQUIRE(room.size() == kSize);
    std::memcpy(room.data(), "over the end of the ring", 24);
    producer.publish(24);
    const std::span<const char> data = consumer.data();
    REQUIRE(std::string_view(data.data(), data.size()) == "over the end of the ring");
    REQUIRE(memory.view().data[0] == "over the end of the ring"[10]);
}

TEST_CASE("a ring goes on where its indices overflow") {
    const RingMemory memory = make_memory(kSize);
    memory.view().header->written = UINT64_MAX - 5;
    memory.view().header->taken = UINT64_MAX - 5;
    RingProducer producer(memory.view(), kSize);
    RingConsumer consumer(memory.view(), kSize);
    producer.publish(10);
    REQUIRE(memory.view().header->written == 4);
    REQUIRE(consumer.data().size() == 10);
    consumer.release(10);
    REQUIRE(producer.room(kSize).size() == kSize);
}

TEST_CASE("the end is seen after the last byte, and only then") {
    const RingMemory memory = make_memory(kSize);
    RingProducer producer(memory.view(), kSize);
    RingConsumer consumer(memory.view(), kSize);
    REQUIRE_FALSE(consumer.end());
    producer.publish(3);
    producer.end(3, 17);
    REQUIRE_FALSE(consumer.end());
    REQUIRE(consumer.data().size() == 3);
    consumer.release(3);
    REQUIRE(consumer.end()->length == 3);
    REQUIRE(consumer.end()->digest == 17);
}

TEST_CASE("a ring behaves as a queue of bytes whatever the sizes") {
    std::mt19937 random(7);
    for (const bool lines : {false, true}) {
        CAPTURE(lines);
        Halves halves(kSize, lines);
        std::string pending;  // not sent yet
        std::uint64_t in = 0;
        std::uint64_t out = 0;
        for (int step = 0; step < 50000; ++step) {
            if (random() % 2 == 0) {
                if (pending.empty()) pending = pattern(in, 1 + random() % (2 * kSize));
                std::size_t part = 0;
                try {
                    const std::span<char> room = halves.sender->reserve(1 + random() % kSize);
                    part = std::min(room.size(), pending.size());
                    std::copy_n(pending.data(), part, room.data());
                    halves.sender->commit(part, random() % 8 == 0);
                } catch (const WouldSleep&) {
                }
                pending.erase(0, part);
                in += part;
            } else {
                try {
                    const Piece piece = halves.receiver->peek();
                    const std::size_t part =
                        std::min<std::size_t>(piece.bytes.size(), 1 + random() % kSize);
                    REQUIRE(pattern(out, part) == std::string_view(piece.bytes.data(), part));
                    halves.receiver->release(part);
                    out += part;
                } catch (const WouldSleep&) {
                }
            }
            REQUIRE(in - out <= kSize);
        }
        halves.sender->finish();
        for (Piece piece = halves.receiver->peek(); !piece.end; piece = halves.receiver->peek()) {
            REQUIRE(pattern(out, piece.bytes.size()) ==
                    std::string_view(piece.bytes.data(), piece.bytes.size()));
            out += piece.bytes.size();
            halves.receiver->release(piece.bytes.size());
        }
        REQUIRE(in == out);
        REQUIRE(in > 10 * kSize);
    }
}

TEST_CASE("garbage in a ring's header is found or harmless, never a crash", "[S8]") {
    std::mt19937_64 random(11);
    const std::string data(3000, 'x');
    for (const bool lines : {false, true}) {
        int found = 0;
        for (int round = 0; round < 500; ++round) {
            Halves halves(kSize, lines);
            for (int change = 0; change < 100; ++change) {
                auto* const bytes = reinterpret_cast<unsigned char*>(halves.header);
                // a whole word somewhere, or one of the indices a little off, or lengths of pieces
                switch (random() % 4) {
                    case 0: {
                        const std::uint64_t word = random() >> random() % 64;
                        std::memcpy(bytes + random() % (sizeof(RingHeader) - sizeof word), &word,
                                    sizeof word);
                        break;
                    }
                    case 1: halves.header->written += random() % 64 - 32; break;
                    case 2: halves.header->taken += random() % 64 - 32; break;
                    default: bytes[ring_page() + random() % kSize] ^= random() & 0xff;
                }
                try {
                    (void)send_some(*halves.sender, {data.data(), 1 + random() % data.size()},
                                    random() % 2 == 0);
                    (void)receive_some(*halves.receiver, 1 + random() % kSize);
                } catch (const SystemError& error) {
                    REQUIRE(is_corrupt(error));
                    ++found;
                }
            }
        }
        CAPTURE(lines);
        REQUIRE(found > 1000);
    }
}

TEST_CASE("a ring that is none, or of another size, is refused", "[S8]") {
    const RingMemory memory = make_memory(kSize);
    RingHeader* const header = memory.view().header;
    REQUIRE_NOTHROW(check_ring(header, kSize));
    REQUIRE_THROWS_AS(check_ring(header, 2 * kSize), SystemError);
    for (const auto& spoil : std::initializer_list<void (*)(RingHeader*)>{
             [](RingHeader* ring) { ring->magic ^= 1; }, [](RingHeader* ring) { ++ring->version; },
             [](RingHeader* ring) { ring->lines = 2; }, [](RingHeader* ring) { ring->size = 0; }}) {
        const RingMemory other = make_memory(kSize);
        spoil(other.view().header);
        REQUIRE_THROWS_AS(check_ring(other.view().header, kSize), SystemError);
    }
}

TEST_CASE("bytes that were changed on the way are found at the end", "[R16]") {
    Halves halves(kSize, false);
    REQUIRE(send_some(*halves.sender, "abcdef", false));
    halves.sender->finish();
    RingView{halves.header, reinterpret_cast<char*>(halves.header) + ring_page()}.data[2] = 'x';
    REQUIRE(receive_some(*halves.receiver, 100) == 6);
    REQUIRE_THROWS_WITH(halves.receiver->peek(),
                        Catch::Matchers::ContainsSubstring("has lost data"));
}

TEST_CASE("a ring's size is rounded up to a power of two, and what cannot work is refused") {
    REQUIRE(ring_size({}) == 1 << 20);
    REQUIRE(ring_size({{"size", std::uint64_t{1000000}}}) == 1 << 20);
    REQUIRE(ring_size({{"size", std::uint64_t{1} << 40}}) == std::uint64_t{1} << 40);
    for (const std::uint64_t size :
         {std::uint64_t{0}, std::uint64_t{4095}, (std::uint64_t{1} << 40) + 1, ~std::uint64_t{0}}) {
        REQUIRE_THROWS_WITH(ring_size({{"size", size}}),
                            Catch::Matchers::ContainsSubstring("4KiB to 1TiB"));
    }
}
