#include "stages/endpoint/endpoint.hpp"

#include "stages/kinds/endpoint_address.hpp"

namespace pipectl::helper {

namespace {

constexpr std::string_view kExamples =
    "such as fifo:./x, unix:./socket, tcp:127.0.0.1:9000, shm:/ring, mq:/jobs";

Endpoint parse(std::string_view text, bool raw) {
    const std::size_t colon = text.find(':');
    const std::string said(text);
    if (colon == std::string_view::npos || colon + 1 == text.size()) {
        throw UsageError{"'" + said + "' is no endpoint: KIND:ADDRESS, " + std::string(kExamples)};
    }
    Endpoint endpoint{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
    const auto wrong = raw ? channel::foreign_problem(endpoint.kind, endpoint.address)
                           : channel::endpoint_problem(endpoint.kind, endpoint.address);
    if (wrong) {
        throw UsageError{wrong->message + (wrong->hint.empty() ? ": " + std::string(kExamples)
                                                               : " (" + wrong->hint + ")")};
    }
    return endpoint;
}

}  // namespace

channel::Meeting meeting_at(const Endpoint& endpoint) {
    const channel::Kind* const kind = channel::find_kind(endpoint.kind);
    return kind == nullptr ? channel::Meeting::none : kind->endpoint.meeting;
}

bool is_stream(const Endpoint& endpoint) {
    const channel::Meeting meeting = meeting_at(endpoint);
    return meeting == channel::Meeting::file || meeting == channel::Meeting::socket;
}

bool is_queue(const Endpoint& endpoint) {
    return meeting_at(endpoint) == channel::Meeting::queue;
}

EndpointRequest endpoint_request(const job::Meeting& at, bool raw) {
    EndpointRequest request;
    if (at.endpoint.empty()) throw UsageError{"one endpoint, " + std::string(kExamples)};
    request.endpoint = parse(at.endpoint, raw);
    request.from_anybody = at.from_anybody;
    if (at.listen) request.approach = Approach::listen;
    if (at.connect) request.approach = Approach::connect;
    const std::string& kind = request.endpoint.kind;
    if (request.from_anybody && !raw && !is_stream(request.endpoint) &&
        !is_queue(request.endpoint)) {
        throw UsageError{"a '" + kind + "' endpoint is the user's own: nobody else can be there"};
    }
    if (request.approach != Approach::automatic &&
        meeting_at(request.endpoint) != channel::Meeting::socket) {
        throw UsageError{"only tcp and unix endpoints listen or connect"};
    }
    return request;
}

}  // namespace pipectl::helper
