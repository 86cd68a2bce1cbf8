#include "stages/reliable/reliable_wire.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "stages/channel/line.hpp"

namespace pipectl::channel {

bool is_ours(const DatagramHead& head, std::size_t size, const Token& token) noexcept {
    if (size < sizeof head) return false;
    const std::uint64_t difference = (head.token[0] ^ token[0]) | (head.token[1] ^ token[1]);
    return difference == 0 && head.magic == DatagramHead::kMagic &&
           head.version == DatagramHead::kVersion;
}

void say(const Line& line, Word word) noexcept {
    (void)::send(line.fd(), &word, sizeof word, MSG_NOSIGNAL | MSG_DONTWAIT);
}

std::optional<Word> heard(const Line& line) noexcept {
    Word word{};
    for (;;) {
        const ssize_t got = ::recv(line.fd(), &word, sizeof word, MSG_DONTWAIT);
        if (got == static_cast<ssize_t>(sizeof word)) return word;
        // a peer that went without hearing us: said once, before what it said itself
        if (got >= 0 || (errno != EINTR && errno != ECONNRESET)) return std::nullopt;
    }
}

}  // namespace pipectl::channel
