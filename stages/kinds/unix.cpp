// A pair of AF_UNIX stream sockets: larger copies and fewer wake-ups than a pipe.

#include <sys/socket.h>

#include <cerrno>

#include "stages/base/error.hpp"
#include "stages/kinds/endpoint_address.hpp"
#include "stages/kinds/kind_list.hpp"
#include "stages/kinds/socket_edge.hpp"

namespace pipectl::channel {

namespace {

// as much as net.core.wmem_max lets everyone have by default
constexpr std::uint64_t kDefaultSize = 212992;

EdgeEnds create(const Settings& settings, PrivateFolder& /*folder*/) {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        throw SystemError("cannot create a socket pair", errno);
    }
    Fd writer(pair[0]);
    Fd reader(pair[1]);
    // what waits in a unix socket counts against its sender alone; the receiver's size means
    // nothing
    set_socket_buffer(writer.get(), SO_SNDBUF, number_of(settings, "size", kDefaultSize),
                      settings.contains("size"));
    return socket_edge(std::move(writer), std::move(reader));
}

/// Whoever writes from now on gets SIGPIPE and EPIPE, who is asleep in write(2) EPIPE alone;
/// unix(7). The socket stays open: closed with data in it, it would say ECONNRESET instead. What is
/// in it goes first, so that nobody has to fall asleep just before that.
void reader_left(EdgeEnds& ends) {
    constexpr int kMostBlocks = 64;  // a writer may fill it as fast as it is emptied
    char block[65536];
    for (int i = 0; i < kMostBlocks; ++i) {
        if (::recv(ends.reader_copy.get(), block, sizeof block, MSG_DONTWAIT) <= 0) break;
    }
    ::shutdown(ends.reader_copy.get(), SHUT_RD);
}

constexpr Option kOptions[] = {
    {"size", OptionType::size, "208KiB", "the sender's buffer, as SO_SNDBUF counts it"},
};

}  // namespace

constinit const Kind kUnix = {
    .name = "unix",
    .summary = "a pair of stream sockets: fewer wake-ups than a pipe",
    .kernel_object = "AF_UNIX stream pair",
    .ends = Ends::direct,
    .keeps_records = false,
    .options = kOptions,
    .create = create,
    .reader_left = reader_left,
    .endpoint = {.meeting = Meeting::socket,
                 .problem = socket_name_problem,
                 .is_path = is_socket_path},
};

}  // namespace pipectl::channel
