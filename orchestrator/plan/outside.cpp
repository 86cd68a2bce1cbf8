#include "orchestrator/plan/outside.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/plan/channels.hpp"

namespace pipectl {
namespace {

using What = Descriptor::What;

bool is_own(const Descriptor& each, int number) {
    return each.what == What::inherited && each.index == number;
}

/// The stage that alone has pipectl's descriptor `number`, at the same one; -1: there is none.
int holder_of(const Plan& plan, int number) {
    int holder = -1;
    for (std::size_t i = 0; i < plan.processes.size(); ++i) {
        for (const Descriptor& each : plan.processes[i].descriptors) {
            if (!is_own(each, number)) continue;
            if (holder >= 0 || each.number != number) return -1;
            holder = static_cast<int>(i);
        }
    }
    return holder;
}

void record_one(Plan& plan, Network& network, int number) {
    const int stage = holder_of(plan, number);
    if (stage < 0) return;
    const bool input = number == STDIN_FILENO;
    const std::string own = input ? "stdin" : "stdout";
    const std::string port = plan.processes[static_cast<std::size_t>(stage)].name + "." + own;
    const std::uint64_t edge = plan.edges.size() + plan.outside.size();
    const int helper =
        network.add_helper(job::Record{.edge = edge, .file = -1}, "record:" + port, stage,
                           network.process(stage).place,
                           "`--record` sees what '" + port +
                               (input ? "' gets from" : "' gives to") + " pipectl's " + own);
    network.add_descriptor(helper, What::recording, 0);
    network.process(helper).descriptors.push_back({number, What::inherited, number});
    std::erase_if(network.process(stage).descriptors,
                  [&](const Descriptor& each) { return is_own(each, number); });
    const End of_stage{stage, number, port};
    const End of_helper = network.standard_end(helper, input ? STDOUT_FILENO : STDIN_FILENO);
    network.add_link(input ? of_helper : of_stage, input ? of_stage : of_helper, default_channel(),
                     network.process(stage).place);
    Edge seen;
    seen.from = input ? own : port;
    seen.to = input ? port : own;
    seen.via = "pipe";
    plan.outside.push_back(seen);
}

}  // namespace

void record_outside(Plan& plan, Network& network, bool input) {
    if (input) record_one(plan, network, STDIN_FILENO);
    record_one(plan, network, STDOUT_FILENO);
}

}  // namespace pipectl
