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

struct SocketPair {
    Fd one;
    Fd other;
};

SocketPair make_pair_of_sockets() {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        throw SystemError("cannot create a socket pair", errno);
    }
    return {Fd(pair[0]), Fd(pair[1])};
}

// what waits in a unix socket counts against its sender alone; the receiver's size means nothing
void set_room(const Fd& writer, const Settings& settings) {
    set_socket_buffer(writer.get(), SO_SNDBUF, number_of(settings, "size", kDefaultSize),
                      settings.contains("size"));
}

EdgeEnds create(const Settings& settings, PrivateFolder& /*folder*/) {
    SocketPair pair = make_pair_of_sockets();
    set_room(pair.one, settings);
    return socket_edge(std::move(pair.one), std::move(pair.other));
}

EdgeEnds one_direction(const Fd& writer, const Fd& reader) {
    EdgeEnds ends;
    ends.writer = duplicate(writer.get());
    ends.hold = duplicate(writer.get());
    ends.reader = duplicate(reader.get());
    ends.reader_copy = duplicate(reader.get());
    ends.two_way = true;
    return ends;
}

void create_two_way(const Settings& settings, PrivateFolder& /*folder*/, EdgeEnds& there,
                    EdgeEnds& back) {
    const SocketPair pair = make_pair_of_sockets();
    set_room(pair.one, settings);
    set_room(pair.other, settings);
    there = one_direction(pair.one, pair.other);
    back = one_direction(pair.other, pair.one);
}

void empty(int socket) {
    constexpr int kMostBlocks = 64;  // a writer may fill it as fast as it is emptied
    char block[65536];
    for (int i = 0; i < kMostBlocks; ++i) {
        if (::recv(socket, block, sizeof block, MSG_DONTWAIT) <= 0) break;
    }
}

/// Whoever writes from now on gets SIGPIPE and EPIPE, who is asleep in write(2) EPIPE alone;
/// unix(7). The socket stays open: closed with data in it, it would say ECONNRESET instead. What is
/// in it goes first, so that nobody has to fall asleep just before that.
void reader_left(EdgeEnds& ends) {
    empty(ends.reader_copy.get());
    ::shutdown(ends.reader_copy.get(), SHUT_RD);
    if (!ends.two_way) return;
    // nothing can come any more: once it is empty it can be closed, which must be so that the other
    // side sees the end of what was sent from here
    empty(ends.reader_copy.get());
    ends.reader_copy.reset();
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
    .create_two_way = create_two_way,
    .reader_left = reader_left,
    .endpoint = {.meeting = Meeting::socket,
                 .problem = socket_name_problem,
                 .is_path = is_socket_path},
};

}  // namespace pipectl::channel
