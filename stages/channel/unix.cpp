// A pair of AF_UNIX stream sockets: larger copies and fewer wake-ups than a pipe.

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>

#include "stages/base/error.hpp"
#include "stages/channel/kind_list.hpp"
#include "stages/channel/socket_edge.hpp"

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

bool writer_goes_on(int writer_copy, std::uint64_t& mark) {
    int waiting = 0;  // what was sent and not read yet; with the kernel's overhead, see unix(7)
    if (::ioctl(writer_copy, SIOCOUTQ, &waiting) != 0) return false;
    return grown_or_full(writer_copy, static_cast<std::uint64_t>(waiting), mark);
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
    .reader_gone = ReaderGone::we_tell,
    .options = kOptions,
    .create = create,
    .writer_goes_on = writer_goes_on,
};

}  // namespace pipectl::channel
