#include "orchestrator/plan/endpoints.hpp"

#include <variant>

#include "orchestrator/plan/ports.hpp"

namespace pipectl {
namespace {

class Finder {
  public:
    Finder(const Resolver& resolver, const FileTable& files, Remarks& remarks)
        : resolver_(resolver), files_(files), remarks_(remarks) {}

    void look(const Stage& stage, int index) {
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
        if (endpoint.kind == "listen" || endpoint.kind == "connect") {
            planned.arguments = {"--" + endpoint.kind, socket_address(endpoint, address)};
        } else if (endpoint.kind == "fifo") {
            planned.arguments = {"fifo:" + files_.located(address)};
        } else {
            planned.arguments = {endpoint.kind + ":" + address};
        }
        found.push_back(std::move(planned));
    }

    std::string socket_address(const Endpoint& endpoint, const std::string& address) {
        if (address.starts_with("unix:")) return "unix:" + files_.located(address.substr(5));
        const std::size_t colon = address.rfind(':');
        if (!address.starts_with("tcp:") || colon <= 3 || colon + 1 == address.size()) {
            remarks_.error(endpoint.address.place,
                           "'" + address + "' is no address to " + endpoint.kind + " at",
                           "tcp:HOST:PORT, or unix:PATH");
        }
        return address;
    }

    const Resolver& resolver_;
    const FileTable& files_;
    Remarks& remarks_;
};

}  // namespace

std::vector<PlannedEndpoint> find_endpoints(const Definition& definition, const Resolver& resolver,
                                            const FileTable& files, Remarks& remarks) {
    Finder finder(resolver, files, remarks);
    for (std::size_t i = 0; i < definition.stages.size(); ++i) {
        finder.look(definition.stages[i], static_cast<int>(i));
    }
    return std::move(finder.found);
}

}  // namespace pipectl
