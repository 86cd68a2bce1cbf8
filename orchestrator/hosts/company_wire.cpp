// How the edges between the hosts of a run are connected.

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/hosts/company.hpp"
#include "orchestrator/hosts/hex.hpp"
#include "stages/base/own_status.hpp"

namespace pipectl::hosts {

/// One end of the edge connects to the other one's host.
void Company::connect(Crossing& edge) {
    const int from = edge.back ? edge.reader : edge.writer;
    const int to = edge.back ? edge.writer : edge.reader;
    message::Wire where;
    where.link = edge.link;
    where.addresses =
        to == 0 ? own_addresses(plan_.hosts[0].address, loopback_) : members_[to].ready.addresses;
    where.port = to == 0 ? connections_.port() : members_[to].ready.port;
    if (from == 0) {
        up(edge.link, 0, connections_.connect(edge.link, edge.name, where.addresses, where.port));
    } else {
        members_[from].session->talk().send(where);
    }
}

/// Every writer is told where its readers are.
void Company::wire() {
    for (Crossing& each : crossings_) {
        connect(each);
    }
    for (std::size_t host = 1; host < members_.size(); ++host) {  // of those without an edge
        const auto is_at = [&](const Crossing& each) {
            return each.writer == static_cast<int>(host) || each.reader == static_cast<int>(host);
        };
        if (std::ranges::none_of(crossings_, is_at)) hear(heard::Wired{static_cast<int>(host)});
    }
}

void Company::up(int link, int host, const std::string& error) {
    const auto found = std::ranges::find(crossings_, link, &Crossing::link);
    if (found == crossings_.end() || (found->writer != host && found->reader != host)) return;
    if (!error.empty() && !found->back) {
        found->back = true;
        found->tried = error;
        connect(*found);
        return;
    }
    if (!error.empty()) {
        found->tried += "; nor back: " + error;
        relay(*found);
        return;
    }
    ++found->up;
    for (std::size_t other = 1; other < members_.size(); ++other) {
        const int each = static_cast<int>(other);
        const bool all_up = std::ranges::all_of(crossings_, [&](const Crossing& edge) {
            return (edge.writer != each && edge.reader != each) || edge.up == 2;
        });
        if (all_up && conductor_.state(each) == HostState::looked) hear(heard::Wired{each});
    }
}

/// No way from one to the other: each can be reached from here.
void Company::relay(Crossing& edge) {
    const int hosts[] = {edge.writer, edge.reader};
    std::string failed = edge.tried;
    const bool may =
        !edge.relayed && plan_.hosts[edge.writer].relay && plan_.hosts[edge.reader].relay;
    edge.relayed = true;
    try {
        std::vector<Relay::Way> ways;
        for (const int host : hosts) {
            if (!may) break;
            Relay::Way way;
            way.to.name = hex_of(edge.name);
            if (host == 0) {
                way.to.addresses = own_addresses(plan_.hosts[0].address, loopback_);
                way.to.port = connections_.port();
            } else {
                way.to.addresses = members_[host].ready.addresses;
                way.to.port = members_[host].ready.port;
                way.session = start_on(host, true);
            }
            ways.push_back(std::move(way));
        }
        if (may) {
            relays_.emplace_back(std::move(ways[0]), std::move(ways[1]));
            notes_.push_back("data from host '" + name_of(edge.writer) + "' to host '" +
                             name_of(edge.reader) +
                             "' goes over here: no way from one to the "
                             "other");
            return;
        }
    } catch (const std::runtime_error& error) {
        failed += std::string("; nor over here: ") + error.what();
    }
    refuse(edge.writer == 0 ? edge.reader : edge.writer,
           {.place = plan_.links[edge.link].place,
            .message = "no way from host '" + name_of(edge.writer) + "' to host '" +
                       name_of(edge.reader) + "': " + failed,
            .hint = "`address` and `ports` of a host say where others reach it"},
           kOwnErrorStatus);
}

}  // namespace pipectl::hosts
