#pragma once

// What is in each datagram of reliable.hpp before the message, between two programs of one build on
// one machine; and the bytes that its two ends say on the lifeline.

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace pipectl::channel {

class Line;

/// Random, known to the two ends of an edge alone, one for each direction.
using Token = std::array<std::uint64_t, 2>;

enum class DatagramType : std::uint16_t { data = 1, probe = 2, ack = 3 };

struct DatagramHead {
    static constexpr std::uint32_t kMagic = 0x70637464;  // "pctd"
    static constexpr std::uint16_t kVersion = 1;

    Token token{};  ///< first, where a socket's filter looks
    std::uint32_t magic = kMagic;
    std::uint16_t version = kVersion;
    DatagramType type{};
    std::uint64_t number = 0;   ///< data: its own; probe: which; ack: the first that is missing
    std::uint64_t arrived = 0;  ///< ack: bit i is set when number + i has arrived
    std::uint64_t probe = 0;    ///< ack: the last probe seen
};

inline std::span<char> bytes_of(DatagramHead& head) {
    return {reinterpret_cast<char*>(&head), sizeof head};
}

/// Whether a datagram of `size` bytes that began with `head` was sent by the other end. Takes the
/// same time for every wrong token.
bool is_ours(const DatagramHead& head, std::size_t size, const Token& token) noexcept;

/// On the lifeline.
enum class Word : char {
    do_you_wait = 'q',  ///< the sender asks
    i_wait = 'w',       ///< the receiver has nothing else to do
    all_taken = 't',    ///< the receiver needs nothing more
};

/// Says it; to a peer that has gone, nobody hears it.
void say(const Line& line, Word word) noexcept;
/// What waits to be heard, if anything.
std::optional<Word> heard(const Line& line) noexcept;

}  // namespace pipectl::channel
