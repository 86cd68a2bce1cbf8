#include "orchestrator/plan/endpoints.hpp"

#include <variant>

#include "orchestrator/plan/ports.hpp"
#include "stages/kinds/endpoint_address.hpp"

namespace pipectl {
namespace {

class Finder {
  public:
    Finder(const Resolver& resolver, const FileTable& files, Remarks& remarks)
        : resolver_(resolver), files_(files), remarks_(remarks) {}

    void look(const Stage& stage, int index, int host) {
        host_ = host;
        if (const auto* in = std::get_if<Endpoint>(&stage.in)) add(stage, index, 0, true, *in);
        if (const auto* out = std::get_if<Endpoint>(&stage.out)) add(stage, index, 1, false, *out);
        if (const auto* err = std::get_if<Endpoint>(&stage.err)) add(stage, index, 2, false, *err);
    }

    std::vector<PlannedEndpoint> found;

  private:
    void add(const Stage& stage, int index, int number, bool input, const Endpoint& endpoint) {
        PlannedEndpoint planned;
        planned.stage = index;
        planned.number = number;
        planned.input = input;
        planned.place = endpoint.address.place;
        planned.name = stage.name.value + "." +
                       (input ? input_name(stage, kStdinPort) : output_name(stage, number - 1));
        const std::string address = resolver_.public_text(endpoint.address, &stage);
        planned.at.from_anybody = endpoint.from_anybody;
        if (endpoint.raw) planned.foreign = foreign_of(*endpoint.raw);
        planned.at.listen = endpoint.kind == "listen";
        planned.at.connect = endpoint.kind == "connect";
        if (planned.at.listen || planned.at.connect) {
            planned.at.endpoint = socket_address(endpoint, address);
        } else {
            planned.at.endpoint = checked(endpoint, endpoint.kind, address);
        }
        found.push_back(std::move(planned));
    }

    static job::Foreign foreign_of(const RawMessages& raw) {
        job::Foreign foreign;
        foreign.raw = true;
        foreign.with_length = raw.with_length;
        foreign.type = raw.type;
        foreign.priority = raw.priority;
        foreign.count = raw.count;
        foreign.follow = raw.follow;
        foreign.peek = raw.peek;
        return foreign;
    }

    /// "tcp:HOST:PORT", "unix:PATH" or "unix:@NAME".
    std::string socket_address(const Endpoint& endpoint, const std::string& address) {
        const std::size_t colon = address.find(':');
        const std::string kind = address.substr(0, colon);
        const channel::Kind* const known = channel::find_kind(kind);
        if (colon == std::string::npos || known == nullptr ||
            known->endpoint.meeting != channel::Meeting::socket) {
            remarks_.error(endpoint.address.place,
                           "'" + address + "' is no address to " + endpoint.kind + " at",
                           "tcp:HOST:PORT, unix:PATH, or unix:@NAME");
            return address;
        }
        return checked(endpoint, kind, address.substr(colon + 1));
    }

    /// "KIND:ADDRESS", a relative path where pipectl opens it.
    std::string checked(const Endpoint& endpoint, const std::string& kind, std::string address) {
        const channel::Kind* const known = channel::find_kind(kind);
        if (known != nullptr) {
            const auto is_path =
                endpoint.raw ? known->endpoint.foreign_is_path : known->endpoint.is_path;
            if (is_path != nullptr && is_path(address)) address = files_.located(address, host_);
        }
        const auto wrong = endpoint.raw ? channel::foreign_problem(kind, address)
                                        : channel::endpoint_problem(kind, address);
        if (wrong) {
            remarks_.error(endpoint.address.place, wrong->message, wrong->hint);
        }
        return kind + ":" + address;
    }

    const Resolver& resolver_;
    const FileTable& files_;
    Remarks& remarks_;
    int host_ = 0;  ///< of the stage that is looked at
};

}  // namespace

std::vector<PlannedEndpoint> find_endpoints(const Definition& definition, const Resolver& resolver,
                                            const FileTable& files, const std::vector<int>& hosts,
                                            Remarks& remarks) {
    Finder finder(resolver, files, remarks);
    for (std::size_t i = 0; i < definition.stages.size(); ++i) {
        finder.look(definition.stages[i], static_cast<int>(i), hosts[i]);
    }
    return std::move(finder.found);
}

}  // namespace pipectl
