#pragma once

// What passes over an edge, in memory that whoever looks can map: the last 256 KiB, and how much
// there was in all.
//
// One process adds and never waits; any number look, and what they were too late for is a gap in
// the offsets. Bytes are kept only while somebody watches: the run's supervisor notes until when.
// Of a page that is never touched there is no memory.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "stages/base/fd.hpp"

namespace pipectl {

class TapRing {
  public:
    static constexpr std::size_t kRoom = std::size_t{256} << 10;

    /// Memory without a name. Throws SystemError.
    static Fd make();

    /// `writable`: for who adds, or notes who watches. Throws SystemError.
    TapRing(int file, bool writable);
    ~TapRing();
    TapRing(const TapRing&) = delete;
    TapRing& operator=(const TapRing&) = delete;

    /// Somebody watches for so long, in seconds, from now.
    void watch_for(int seconds);

    // For the one that adds.
    [[nodiscard]] bool is_watched() const;
    void add(std::string_view bytes);
    void skip(std::size_t bytes);
    void end();

    // For who looks.
    /// Bytes that have passed.
    [[nodiscard]] std::uint64_t passed() const;
    [[nodiscard]] bool has_ended() const;
    /// What is kept of the bytes from `from` on. `from` becomes the offset of the first of them, or
    /// of what comes next when there are none.
    [[nodiscard]] std::string look(std::uint64_t& from) const;

  private:
    struct Memory {
        std::atomic<std::int64_t> watched_until;  ///< CLOCK_MONOTONIC, seconds
        std::atomic<std::uint64_t> kept_from;     ///< since then nothing was skipped
        std::atomic<std::uint64_t> claimed;       ///< bytes up to here may be overwritten by now
        std::atomic<std::uint64_t> passed;
        std::atomic<bool> ended;
        char bytes[kRoom];
    };
    Memory* memory_;
};

}  // namespace pipectl
