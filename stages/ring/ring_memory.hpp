#pragma once

// The memory of a ring: its size, room for it before anything starts, and where it is mapped. A
// page with the header, then the data twice, back to back.

#include <cstdint>
#include <string>

#include "stages/channel/kind.hpp"
#include "stages/ring/ring.hpp"

namespace pipectl::channel {

inline constexpr Option kRingSizeOption = {"size", OptionType::size, "1MiB",
                                           "bytes in the ring, rounded up to a power of two"};

/// The size that the settings ask for, as a ring can have it. Throws SystemError (EINVAL).
std::uint64_t ring_size(const Settings& settings);

/// The page before the data, in bytes.
std::uint64_t ring_page();

/// Throws SystemError (ENOMEM) when this machine's memory has no room for a ring of `size` bytes:
/// the kernel would find that out only when it is full, and kill somebody for it.
void check_memory_for(std::uint64_t size);

/// Gives the file its size and all its room, so that no page is missing later. `what` names it for
/// errors. Throws SystemError, also where the caller's limit would mean a signal (SIGXFSZ).
void allocate_ring_file(int file, std::uint64_t size, const std::string& what);

/// Addresses for one ring; what was mapped there is unmapped in the end.
class RingMemory {
  public:
    /// Reserves addresses and maps nothing. Throws SystemError.
    explicit RingMemory(std::uint64_t size);
    RingMemory(RingMemory&& other) noexcept;
    RingMemory& operator=(RingMemory&&) = delete;
    RingMemory(const RingMemory&) = delete;
    RingMemory& operator=(const RingMemory&) = delete;
    ~RingMemory();

    [[nodiscard]] RingView view() const;
    /// Where the data is to be seen for the second time.
    [[nodiscard]] char* second() const { return view().data + size_; }

  private:
    char* base_;
    std::uint64_t size_;
};

/// Maps the ring in a file that allocate_ring_file() has prepared. The file can be closed then.
/// Throws SystemError.
RingMemory map_ring_file(int file, std::uint64_t size);

}  // namespace pipectl::channel
