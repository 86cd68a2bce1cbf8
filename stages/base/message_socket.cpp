#include "stages/base/message_socket.hpp"

#include <sys/socket.h>

#include <cassert>
#include <cstring>

namespace pipectl {

namespace {

union Control {
    cmsghdr align;
    char bytes[CMSG_SPACE(kMostPassedFds * sizeof(int))];
};

}  // namespace

bool pass_message(int socket, std::span<const char> bytes, std::span<const int> fds, int flags) {
    assert(fds.size() <= kMostPassedFds);
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};  // sendmsg(2) only reads it
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    Control control{};
    if (!fds.empty()) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(fds.size_bytes());
        cmsghdr* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(fds.size_bytes());
        std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
    }
    // packets go whole or not at all
    return ::sendmsg(socket, &message, flags | MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

PassedMessage take_message(int socket, std::span<char> room, int flags) {
    iovec part{room.data(), room.size()};
    Control control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    PassedMessage taken{::recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC), {}};
    if (taken.size < 0) return taken;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(header) + i * sizeof(int), sizeof number);
            taken.fds.emplace_back(number);
        }
    }
    return taken;
}

}  // namespace pipectl
