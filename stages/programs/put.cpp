// put: standard input, to an endpoint.

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stages/endpoint/endpoint.hpp"
#include "stages/endpoint/foreign.hpp"
#include "stages/flow/lockstep.hpp"
#include "stages/flow/readers.hpp"
#include "stages/programs/bridge.hpp"

namespace pipectl::helper {

namespace {

/// A socket that is closed while its peer still reads may lose what is on its way; tcp(7),
/// SO_LINGER. So the peer is told the end first, and given a moment to close.
void close_after_peer(int socket) {
    constexpr int kPatienceMs = 2000;
    ::shutdown(socket, SHUT_WR);
    char nothing[4096];
    pollfd waiting{socket, POLLIN, 0};
    while (::poll(&waiting, 1, kPatienceMs) > 0 &&
           ::recv(socket, nothing, sizeof nothing, MSG_DONTWAIT) > 0) {
    }
}

}  // namespace

int run(const job::Put& what) {
    const EndpointRequest request = endpoint_request(what.at, what.foreign.raw);
    if (what.foreign.raw) return send_foreign(request, what.foreign);
    if (is_queue(request.endpoint)) {
        return send_to(open_queue(request, Side::sender), what.lines);
    }
    if (!is_stream(request.endpoint)) {
        Met met = meet(request.endpoint, Side::sender);
        return send_to(std::move(met.end), what.lines, met.objects);
    }
    Fd sink = open_stream(request, Side::sender);
    const Fd socket = request.endpoint.kind == "fifo" ? Fd() : duplicate(sink.get());
    watch_readers();
    Lockstep({sink.release()}).copy(0);
    if (socket) close_after_peer(socket.get());
    return 0;
}

}  // namespace pipectl::helper
