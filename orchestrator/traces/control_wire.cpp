#include "orchestrator/traces/control_wire.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "stages/base/error.hpp"

namespace pipectl::control {

sockaddr_un address_in(int folder) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::snprintf(static_cast<char*>(address.sun_path), sizeof address.sun_path,
                  "/proc/self/fd/%d/%s", folder, kSocketName);
    return address;
}

bool is_trusted_peer(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == ::geteuid() || peer.uid == 0);
}

bool send_packet(int socket, const std::string& text, int descriptor) {
    iovec data{const_cast<char*>(text.data()), text.size()};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
    if (descriptor >= 0) {
        message.msg_control = static_cast<char*>(space);
        message.msg_controllen = sizeof space;
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }
    return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

Fd make_text_file(const std::string& text) {
    Fd file(::memfd_create("pipectl-record", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file) {
        throw SystemError("cannot create a file in memory", errno);
    }
    if (const int error = write_all(file.get(), text); error != 0) {
        throw SystemError("cannot write a file in memory", error);
    }
    // whoever gets it may not change what the next one reads, nor take memory in our name
    ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

}  // namespace pipectl::control
