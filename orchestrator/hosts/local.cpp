// Hosts that are this machine: to try a definition, and to test it.

#include "orchestrator/hosts/engine.hpp"

namespace pipectl::hosts {

namespace {

std::vector<std::string> local_session(const Host& host, const Surroundings& around) {
    std::vector<std::string> words = {host.pipectl.empty() ? around.own_program : host.pipectl,
                                      "node"};
    if (around.edge) words.emplace_back("--edge");
    return words;
}

std::string local_hint(const Host& /*host*/, int /*status*/) {
    return {};
}

std::string local_place(const Host& /*host*/) {
    return {};
}

}  // namespace

const Engine kLocalEngine = {
    .name = "local", .session = local_session, .hint = local_hint, .where = local_place};

}  // namespace pipectl::hosts
