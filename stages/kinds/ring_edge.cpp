#include "stages/kinds/ring_edge.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <utility>

#include "stages/base/error.hpp"

namespace pipectl::channel {

namespace {

/// A file that no other process can cut short; only those in memory can be that.
bool is_sealed(int file) {
    const int seals = ::fcntl(file, F_GET_SEALS);
    return seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
}

OpenRing open_file_ring(Ticket ticket) {
    const std::uint64_t size = ticket.numbers[kRingSizeNumber];
    const Fd file = std::move(ticket.objects.at(0));  // not needed once it is mapped
    RingMemory memory = map_ring_file(file.get(), size);
    RingHeader* const header = memory.view().header;
    auto bells = RingWait{ticket.numbers[kRingWaitNumber]} == RingWait::semaphore
                     ? make_semaphore_bells(header)
                     : make_futex_bells(header);
    std::unique_ptr<PageGuard> guard;
    if (!is_sealed(file.get())) {
        guard = std::make_unique<PageGuard>(header, ring_page() + 2 * size);
    }
    return {std::move(memory), std::move(bells), size, std::move(guard)};
}

/// For EdgeEnds::taken. The file is read, not mapped: whoever cuts it short does no harm here.
std::function<std::optional<std::uint64_t>()> count_of_file_ring(int file) {
    const auto own = std::make_shared<const Fd>(duplicate(file));
    return [own]() -> std::optional<std::uint64_t> {
        alignas(RingHeader) std::array<std::byte, sizeof(RingHeader)> bytes{};
        if (::pread(own->get(), bytes.data(), bytes.size(), 0) !=
            static_cast<ssize_t>(bytes.size())) {
            return std::nullopt;
        }
        return data_taken(*reinterpret_cast<const RingHeader*>(bytes.data()));
    };
}

}  // namespace

bool ring_has_lines(const Settings& settings) {
    return text_of(settings, kRecordsOption.name, "bytes") == "line";
}

EdgeEnds make_file_ring(std::string kind, Fd file, const std::string& what,
                        const Settings& settings, RingWait wait) {
    const std::uint64_t size = ring_size(settings);
    if (::fchmod(file.get(), S_IRUSR | S_IWUSR) != 0) {
        throw SystemError("cannot set the mode of " + what, errno);
    }
    allocate_ring_file(file.get(), size, what);
    format_ring(map_ring_file(file.get(), size).view().header, size, ring_has_lines(settings));
    Ticket ticket{std::move(kind), {size, static_cast<std::uint64_t>(wait)}, {}, {}};
    auto taken = count_of_file_ring(file.get());
    ticket.objects.push_back(std::move(file));
    EdgeEnds ends = ring_ends(ticket);
    ends.taken = std::move(taken);
    return ends;
}

std::unique_ptr<Sender> open_file_ring_sender(Ticket ticket, Line& line) {
    return std::make_unique<RingSender>(open_file_ring(std::move(ticket)), line);
}

std::unique_ptr<Receiver> open_file_ring_receiver(Ticket ticket, Line& line) {
    return std::make_unique<RingReceiver>(open_file_ring(std::move(ticket)), line);
}

EdgeEnds ring_ends(const Ticket& ticket) {
    auto [writer, reader] = make_ticket_ends(ticket, ticket);
    EdgeEnds ends;
    ends.writer = std::move(writer);
    ends.reader = std::move(reader);
    return ends;
}

}  // namespace pipectl::channel
