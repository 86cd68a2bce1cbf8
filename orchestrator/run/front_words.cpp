#include "orchestrator/run/front_words.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

namespace pipectl {

int send_word(int socket, FrontWord::Kind kind, std::string_view payload) noexcept {
    iovec parts[2] = {{&kind, sizeof kind},
                      {const_cast<char*>(payload.data()), payload.size()}};  // NOLINT: not written
    msghdr packet{};
    packet.msg_iov = parts;
    packet.msg_iovlen = payload.empty() ? 1 : 2;
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(socket, &packet, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? errno : 0;
}

std::optional<FrontWord> take_word(int socket) {
    // Not on the stack: of a large frame every page is touched at entry, of this what is received.
    static char packet[1 + kLongestWord];
    ssize_t got = 0;
    do {
        got = ::recv(socket, packet, sizeof packet, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    if (got < 1) {
        return std::nullopt;
    }
    return FrontWord{FrontWord::Kind(packet[0]), std::string(packet + 1, got - 1)};
}

}  // namespace pipectl
