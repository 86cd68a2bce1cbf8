#include "orchestrator/hosts/edge_end.hpp"

#include <algorithm>
#include <utility>

#include "stages/channel/ticket.hpp"
#include "stages/kinds/net.hpp"

namespace pipectl::hosts {

OtherHosts::End make_edge_end(const Plan& plan, int link, bool writer, Fd socket,
                              const std::string& secret, const std::string& run_id) {
    constexpr std::size_t kLongestName = 512;
    const Link& what = plan.links[link];
    channel::NetEnd end;
    end.socket = std::move(socket);
    std::copy_n(secret.begin(), std::min(secret.size(), end.secret.size()), end.secret.begin());
    end.edge = (run_id + "\n" + what.name).substr(0, kLongestName);
    end.compress = channel::text_of(what.settings, "compress", "none") == "zstd";
    end.silence = plan.lease;
    channel::TicketEnd made = channel::make_ticket_end(channel::net_ticket(std::move(end)));
    return {link, writer, std::move(made.end), std::move(made.line)};
}

}  // namespace pipectl::hosts
