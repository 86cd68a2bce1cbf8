#include "orchestrator/traces/control_wire.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "stages/base/digest.hpp"
#include "stages/base/error.hpp"

namespace pipectl::control {

namespace {

constexpr const char* kItemsName = "pipectl.items.";
constexpr std::size_t kIdLength = 32;

std::string mark_of(const std::string& place) {
    return "." + Fingerprint().add(place).text();
}

bool is_hexadecimal(const std::string& text) {
    return text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

sockaddr_un address_in(int folder) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::snprintf(static_cast<char*>(address.sun_path), sizeof address.sun_path,
                  "/proc/self/fd/%d/%s", folder, kSocketName);
    return address;
}

sockaddr_un items_address(const std::string& run, const std::string& place, unsigned& size) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // a zero first: a name that is in no folder; unix(7)
    const std::string name = std::string(1, '\0') + kItemsName + run + mark_of(place);
    std::memcpy(address.sun_path, name.data(), std::min(name.size(), sizeof address.sun_path));
    size = static_cast<unsigned>(offsetof(sockaddr_un, sun_path) + name.size());
    return address;
}

std::vector<std::string> find_conducted(const std::string& place) {
    std::vector<std::string> runs;
    std::ifstream sockets("/proc/net/unix");
    const std::string shown = std::string("@") + kItemsName;
    const std::string mark = mark_of(place);
    for (std::string line; std::getline(sockets, line);) {
        const std::size_t at = line.rfind(shown);
        if (at == std::string::npos) continue;
        if (!line.ends_with(mark)) continue;
        line.resize(line.size() - mark.size());
        std::string run = line.substr(at + shown.size());
        const bool is_id = run.size() == kIdLength && is_hexadecimal(run);
        if (is_id && std::ranges::find(runs, run) == runs.end()) runs.push_back(std::move(run));
    }
    return runs;
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
