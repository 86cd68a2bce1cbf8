// Hosts that a command of the user's leads to: `pipectl node` is appended to its words.

#include <variant>

#include "orchestrator/hosts/engine.hpp"

namespace pipectl::hosts {

namespace {

constexpr int kNotFound = 127;

std::vector<std::string> command_session(const Host& host, const Surroundings& around) {
    std::vector<std::string> words = std::get<Host::Command>(host.engine).argv;
    words.push_back(host.pipectl.empty() ? "pipectl" : host.pipectl);
    words.emplace_back("node");
    if (around.edge) words.emplace_back("--edge");
    return words;
}

std::string command_hint(const Host& host, int status) {
    if (status != kNotFound) return {};
    return host.pipectl.empty() ? "is there a pipectl? `pipectl = \"/path/to/it\"` says where" : "";
}

std::string command_place(const Host& host) {
    return std::get<Host::Command>(host.engine).argv.front();
}

}  // namespace

const Engine kCommandEngine = {
    .name = "command", .session = command_session, .hint = command_hint, .where = command_place};

}  // namespace pipectl::hosts
