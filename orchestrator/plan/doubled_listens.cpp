#include "orchestrator/plan/doubled_listens.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace pipectl {
namespace {

struct Socket {
    std::string place;  ///< what cannot be taken twice: a port, a path
    std::string host;   ///< of a port: one that stands for all of them is empty
};

Socket socket_of(std::string_view address) {
    if (!address.starts_with("tcp:")) {
        const std::filesystem::path path(address.substr(address.find(':') + 1));
        return {"unix:" + path.lexically_normal().string(), "-"};
    }
    const std::size_t colon = address.rfind(':');
    std::string host(address.substr(4, colon > 4 ? colon - 4 : 0));
    if (host == "*" || host == "0.0.0.0" || host == "[::]" || host == "::") host.clear();
    if (host == "localhost" || host == "[::1]") host = "127.0.0.1";
    return {std::string(address.substr(colon)), host};
}

}  // namespace

void refuse_doubled_listens(const std::vector<PlannedEndpoint>& endpoints, Remarks& remarks) {
    struct First {
        const PlannedEndpoint* any = nullptr;  ///< the first one there
        const PlannedEndpoint* all = nullptr;  ///< the first one for all hosts
        std::map<std::string, const PlannedEndpoint*> hosts;
    };
    std::map<std::string, First> taken;
    for (const PlannedEndpoint& endpoint : endpoints) {
        if (!endpoint.at.listen) continue;
        const std::string& address = endpoint.at.endpoint;
        const Socket socket = socket_of(address);
        First& first = taken[socket.place];
        const PlannedEndpoint* other = first.all;
        if (other == nullptr && socket.host.empty()) other = first.any;
        const auto [same, is_new] = first.hosts.emplace(socket.host, &endpoint);
        if (other == nullptr && !is_new) other = same->second;
        if (first.any == nullptr) first.any = &endpoint;
        if (first.all == nullptr && socket.host.empty()) first.all = &endpoint;
        if (other == nullptr) continue;
        remarks.error(endpoint.place,
                      "'" + endpoint.name + "' listens at '" + address + "', and so does '" +
                          other->name + "' (line " + std::to_string(other->place.line) + ")",
                      "give each an address of its own");
    }
}

}  // namespace pipectl
