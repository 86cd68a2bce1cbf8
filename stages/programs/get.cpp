// get: what comes from an endpoint, to standard output.

#include "stages/endpoint/endpoint.hpp"
#include "stages/endpoint/foreign.hpp"
#include "stages/flow/lockstep.hpp"
#include "stages/flow/readers.hpp"
#include "stages/programs/bridge.hpp"

namespace pipectl::helper {

int run(const job::Get& what) {
    const EndpointRequest request = endpoint_request(what.at, what.foreign.raw);
    if (what.foreign.raw) return receive_foreign(request, what.foreign);
    if (is_queue(request.endpoint)) {
        return receive_from(open_queue(request, Side::receiver));
    }
    if (!is_stream(request.endpoint)) {
        Met met = meet(request.endpoint, Side::receiver);
        return receive_from(std::move(met.end), met.objects);
    }
    const Fd source = open_stream(request, Side::receiver);
    watch_readers();
    Lockstep({1}).copy(source.get());
    return 0;
}

}  // namespace pipectl::helper
