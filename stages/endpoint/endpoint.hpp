#pragma once

// Endpoints: places outside a run where two programs meet that know only a name.
//
//   fifo:PATH                     a FIFO, made when it is not there
//   tcp:HOST:PORT, unix:PATH,
//   unix:@NAME                    a stream socket: one side listens, the other connects
//   mq:/NAME, sysv-mq:KEY         a queue that stays: filled now, read later
//   shm:NAME, udp:NAME, ..        any other bridged kind: whoever comes first waits for the other
//
// The first two carry bytes and are open to any program; their end of data is that of the system,
// so a writer's death looks like its end. The others tell the two apart.

#include <optional>
#include <string>
#include <string_view>

#include "stages/base/fd.hpp"
#include "stages/channel/ticket.hpp"
#include "stages/flow/jobs.hpp"

namespace pipectl::helper {

struct Endpoint {
    std::string kind;     ///< "fifo", "tcp", "unix", or a bridged kind
    std::string address;  ///< what follows the colon
};

enum class Side { sender, receiver };
enum class Approach { automatic, listen, connect };

/// What `get` and `put` are asked for.
struct EndpointRequest {
    Endpoint endpoint;
    Approach approach = Approach::automatic;
    /// Whoever is there is spoken to; otherwise this user and root alone.
    bool from_anybody = false;
};

/// `raw`: other programs' messages are meant, which other addresses have. Throws UsageError.
EndpointRequest endpoint_request(const job::Meeting& at, bool raw);

/// True for what is a plain descriptor: FIFOs and stream sockets.
bool is_stream(const Endpoint& endpoint);

/// Opens a stream endpoint; waits for the other side. Throws SystemError.
Fd open_stream(const EndpointRequest& request, Side side);

/// True for queues with a name of the user's.
bool is_queue(const Endpoint& endpoint);

/// Opens such a queue, or makes it, as the ticket that its kind's halves take. No line belongs to
/// it: nobody has to be at the other side. Throws SystemError, UsageError.
channel::Ticket open_queue(const EndpointRequest& request, Side side);

/// What two that have met share.
struct Met {
    Fd end;                            ///< a ticket waits there
    std::vector<std::string> objects;  ///< System V objects that one of the two must remove
};

/// Waits for the other side at a bridged endpoint. Throws SystemError.
Met meet(const Endpoint& endpoint, Side side);

}  // namespace pipectl::helper
