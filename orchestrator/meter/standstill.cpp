#include "orchestrator/meter/standstill.hpp"

#include <algorithm>
#include <optional>

namespace pipectl {

namespace {

/// Who could end a wait of `process` at this link.
int peer_at(const Plan& plan, int link, int process) {
    const Link& at = plan.links[link];
    return at.reader == process ? at.writer : at.reader;
}

/// The link at which `process` waits for a process of the set; with one it is waited for anyway.
std::optional<int> link_into(const Plan& plan, const LinkWaits& waits, int process,
                             const std::vector<bool>& set) {
    for (const int link : waits.links) {
        if (set[peer_at(plan, link, process)]) return link;
    }
    return std::nullopt;
}

}  // namespace

std::vector<int> circle_of_waits(const Plan& plan, const std::vector<LinkWaits>& waits) {
    // Whoever has one link with a process behind it that can go on, can go on: what is left in the
    // end waits for itself alone.
    std::vector<bool> stuck(waits.size());
    for (std::size_t i = 0; i < waits.size(); ++i) {
        stuck[i] = waits[i].surely && !waits[i].links.empty();
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (std::size_t i = 0; i < waits.size(); ++i) {
            const auto can_go_on = [&](int link) {
                return !stuck[peer_at(plan, link, static_cast<int>(i))];
            };
            if (stuck[i] && std::any_of(waits[i].links.begin(), waits[i].links.end(), can_go_on)) {
                stuck[i] = false;
                changed = true;
            }
        }
    }
    const auto first = std::find(stuck.begin(), stuck.end(), true);
    if (first == stuck.end()) return {};
    std::vector<int> way = {static_cast<int>(first - stuck.begin())};
    for (;;) {
        const int here = way.back();
        const auto link = link_into(plan, waits[here], here, stuck);
        const int next = peer_at(plan, *link, here);
        const auto seen = std::find(way.begin(), way.end(), next);
        if (seen != way.end()) return {seen, way.end()};
        way.push_back(next);
    }
}

std::string describe_circle(const Plan& plan, const std::vector<LinkWaits>& waits,
                            const std::vector<int>& circle) {
    std::string text;
    for (std::size_t i = 0; i < circle.size(); ++i) {
        const int here = circle[i];
        const int next = circle[(i + 1) % circle.size()];
        const auto& links = waits[here].links;
        const auto link = std::find_if(links.begin(), links.end(),
                                       [&](int each) { return peer_at(plan, each, here) == next; });
        const bool reads = plan.links[*link].reader == here;
        text += text.empty() ? "" : ", ";
        text += "'" + plan.processes[here].name + "' waits for " +
                (reads ? "data from '" : "room at '") + plan.processes[next].name + "'";
    }
    return text;
}

}  // namespace pipectl
