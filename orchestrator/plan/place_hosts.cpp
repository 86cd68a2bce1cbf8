#include "orchestrator/plan/place_hosts.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <string>
#include <utility>

#include "stages/base/sentence.hpp"
#include "stages/base/text.hpp"

namespace pipectl {
namespace {

using What = Descriptor::What;

Channel net_channel() {
    const channel::Kind* const net = channel::find_kind("net");
    assert(net != nullptr && net->between_hosts);
    return {net, {}};
}

std::vector<std::string> kinds_between_hosts() {
    std::vector<std::string> names;
    for (const channel::Kind* kind : channel::kinds()) {
        if (kind->between_hosts) names.emplace_back(kind->name);
    }
    return names;
}

/// Where the definition names the channel of an edge; else the edge.
std::pair<Place, std::size_t> place_of_channel(const Definition& definition,
                                               const WiredEdge& edge) {
    const Stage& reader = definition.stages[edge.consumer];
    const Via* via = edge.feed != nullptr && edge.feed->via ? &*edge.feed->via
                     : reader.via                           ? &*reader.via
                                                            : nullptr;
    if (via == nullptr) return {edge.place, edge.length};
    return {via->channel.place, via->channel.value.size() + kQuotes};
}

class HostPlacer {
  public:
    HostPlacer(std::vector<Conduit>& conduits, Plan& plan, Network& network)
        : conduits_(conduits), plan_(plan), network_(network) {}

    void run() {
        const int processes = static_cast<int>(plan_.processes.size());
        writers_.resize(plan_.processes.size());
        for (std::size_t i = 0; i < conduits_.size(); ++i) {
            writers_[conduits_[i].writer.process].push_back(i);
        }
        for (int i = 0; i < processes; ++i) {
            if (is_copier(i)) copy_there(i);
        }
        for (int i = 0; i < processes; ++i) {
            if (host_of(i) != 0) bring_own_streams(i);
        }
    }

  private:
    [[nodiscard]] int host_of(int process) const { return plan_.processes[process].host; }

    /// All that it has got goes to other processes.
    [[nodiscard]] bool is_copier(int process) const {
        const Process& of = plan_.processes[process];
        return of.does<job::Copy>() != nullptr && of.descriptors.empty() &&
               writers_[process].size() > 1;
    }

    /// Of the conduits that leave a process those which go one way to one host, by that host.
    std::vector<std::vector<std::size_t>> ways_from(int process) const {
        std::vector<std::vector<std::size_t>> ways;
        for (const std::size_t i : writers_[process]) {
            const auto same = [&](const std::vector<std::size_t>& way) {
                const Conduit& other = conduits_[way.front()];
                return host_of(other.reader.process) == host_of(conduits_[i].reader.process) &&
                       other.channel.kind == conduits_[i].channel.kind &&
                       other.channel.settings == conduits_[i].channel.settings;
            };
            const bool leaves = host_of(conduits_[i].reader.process) != host_of(process);
            const auto way = leaves ? std::ranges::find_if(ways, same) : ways.end();
            if (way == ways.end()) {
                ways.push_back({i});
            } else {
                way->push_back(i);
            }
        }
        return ways;
    }

    void copy_there(int copier) {
        const auto ways = ways_from(copier);
        if (ways.size() == 1) {
            move_there(copier);
            return;
        }
        if (ways.size() == writers_[copier].size()) return;
        network_.forget_ends(copier);
        for (const auto& way : ways) {
            const End end = network_.next_end(copier);
            if (way.size() == 1) {
                conduits_[way.front()].writer = end;
            } else {
                split_there(end, way);
            }
        }
    }

    /// All of its readers are on one host.
    void move_there(int copier) {
        const std::vector<std::size_t>& readers = writers_[copier];
        plan_.processes[copier].host = host_of(conduits_[readers.front()].reader.process);
        const auto feed = std::ranges::find_if(
            conduits_, [&](const Conduit& each) { return each.reader.process == copier; });
        feed->channel = conduits_[readers.front()].channel;
        for (const std::size_t i : readers)
            conduits_[i].channel = default_channel();
    }

    void split_there(const End& end, const std::vector<std::size_t>& way) {
        const Conduit& first = conduits_[way.front()];
        const int reader = first.reader.process;
        std::vector<std::string> names;
        for (const std::size_t i : way)
            names.push_back(plan_.processes[network_.owner_of(conduits_[i].reader.process)].name);
        const std::string& host = plan_.hosts[host_of(reader)].name;
        const int helper =
            network_.add_helper(job::Copy(), end.name + "@" + host, reader, first.place,
                                filled("{} on host '{}' get what goes there once",
                                       quoted_list(names, kNamesInReason), host));
        Conduit there;
        there.writer = end;
        there.reader = network_.standard_end(helper, 0);
        there.channel = first.channel;
        there.place = first.place;
        for (const std::size_t i : way) {
            conduits_[i].writer = network_.next_end(helper);
            conduits_[i].channel = default_channel();
        }
        conduits_.push_back(std::move(there));
    }

    /// `inherited`, of what is not on this machine.
    void bring_own_streams(int process) {
        for (const int number : {0, 1}) {
            std::vector<Descriptor>& own = plan_.processes[process].descriptors;
            const auto at = std::ranges::find_if(own, [=](const Descriptor& each) {
                return each.what == What::inherited && each.index == number;
            });
            if (at == own.end()) continue;
            const int there = at->number;
            own.erase(at);
            bring(process, there, number == 0);
        }
    }

    void bring(int process, int number, bool input) {
        const Process& of = plan_.processes[process];
        const End end{
            process, number,
            network_.is_stage(process) ? of.name + (input ? ".stdin" : ".stdout") : of.name};
        const std::string host = plan_.hosts[of.host].name;
        const Place place = of.place;
        const int helper = network_.add_helper(
            job::Copy(), "copy:" + end.name, process, place,
            filled(input ? Sentence<2>("'{}' on host '{}' reads what comes to pipectl here")
                         : Sentence<2>("what '{}' on host '{}' writes is pipectl's own here"),
                   end.name, host));
        plan_.processes[helper].host = 0;
        const End out = network_.next_end(helper);
        plan_.processes[helper].descriptors.push_back(
            {input ? 0 : out.number, What::inherited, input ? 0 : 1});
        Conduit conduit;
        conduit.writer = input ? out : end;
        conduit.reader = input ? end : network_.standard_end(helper, 0);
        conduit.channel = net_channel();
        conduit.place = place;
        conduits_.push_back(std::move(conduit));
    }

    std::vector<Conduit>& conduits_;
    Plan& plan_;
    Network& network_;
    std::vector<std::vector<std::size_t>> writers_;  ///< [process]: conduits that leave it
};

}  // namespace

void cross_hosts(std::vector<Channel>& channels, const Definition& definition, const Wiring& wiring,
                 const std::vector<int>& hosts, const Plan& plan, Remarks& remarks) {
    if (plan.hosts.empty()) return;
    for (std::size_t i = 0; i < channels.size(); ++i) {
        const WiredEdge& edge = wiring.edges[i];
        Channel& channel = channels[i];
        const int from = hosts[edge.producer];
        const int to = hosts[edge.consumer];
        if (from == to || channel.kind == nullptr || channel.kind->between_hosts) continue;
        if (channel.kind == default_channel().kind) {
            channel = net_channel();
            continue;
        }
        const auto [place, length] = place_of_channel(definition, edge);
        remarks.error(
            place,
            filled("'{}' ends where its machine does, and the edge goes from '{}' on host "
                   "'{}' to '{}' on host '{}'",
                   channel.kind->name, definition.stages[edge.producer].name.value,
                   plan.hosts[from].name, definition.stages[edge.consumer].name.value,
                   plan.hosts[to].name),
            filled("between hosts goes {}", quoted_list(kinds_between_hosts())), length);
    }
}

void place_hosts(std::vector<Conduit>& conduits, Plan& plan, Network& network) {
    if (!plan.hosts.empty()) HostPlacer(conduits, plan, network).run();
}

}  // namespace pipectl
