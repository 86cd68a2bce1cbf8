// Whose socket has an abstract name: no file has an owner there, but the kernel knows the socket's;
// sock_diag(7).

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

#include <cstring>
#include <vector>

#include "stages/base/fd.hpp"
#include "stages/endpoint/endpoint_peer.hpp"

namespace pipectl::helper {

namespace {

bool ask_for_names(int socket) {
    struct {
        nlmsghdr head;
        unix_diag_req body;
    } request{};
    request.head.nlmsg_len = sizeof request;
    request.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.body.sdiag_family = AF_UNIX;
    request.body.udiag_states = ~0U;
    request.body.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_UID;
    return ::send(socket, &request, sizeof request, 0) == static_cast<ssize_t>(sizeof request);
}

/// The owner that one answer tells, when it is of that name; `name` as the kernel has it, with a
/// NUL in front.
std::optional<uid_t> owner_in(const nlmsghdr* answer, std::string_view name) {
    const auto* const body = static_cast<const unix_diag_msg*>(NLMSG_DATA(answer));
    if (body->udiag_type != SOCK_DGRAM) return std::nullopt;
    auto left = static_cast<int>(answer->nlmsg_len - NLMSG_LENGTH(sizeof *body));
    bool is_it = false;
    std::optional<uid_t> owner;
    // rtnetlink(7) has the macros for the attributes of sock_diag as well
    const auto* part = reinterpret_cast<const rtattr*>(body + 1);
    while (RTA_OK(part, left)) {
        const auto* const bytes = static_cast<const char*>(RTA_DATA(part));
        if (part->rta_type == UNIX_DIAG_NAME) {
            is_it = std::string_view(bytes, RTA_PAYLOAD(part)) == name;
        } else if (part->rta_type == UNIX_DIAG_UID) {
            owner.emplace();
            std::memcpy(&*owner, bytes, sizeof *owner);
        }
        part = RTA_NEXT(part, left);
    }
    return is_it ? owner : std::nullopt;
}

}  // namespace

std::optional<uid_t> user_who_has_name(std::string_view address) {
    std::string name(address);
    name.front() = '\0';
    const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    if (!socket || !ask_for_names(socket.get())) return std::nullopt;
    constexpr std::size_t kAnswers = std::size_t{64} << 10;
    std::vector<char> room(kAnswers);
    std::optional<uid_t> owner;
    for (;;) {
        const ssize_t got = ::recv(socket.get(), room.data(), room.size(), 0);
        if (got <= 0) return owner;
        auto left = static_cast<unsigned>(got);
        const auto* answer = reinterpret_cast<const nlmsghdr*>(room.data());
        for (; NLMSG_OK(answer, left); answer = NLMSG_NEXT(answer, left)) {
            if (answer->nlmsg_type == NLMSG_DONE || answer->nlmsg_type == NLMSG_ERROR) return owner;
            if (const auto found = owner_in(answer, name)) owner = found;
        }
    }
}

}  // namespace pipectl::helper
