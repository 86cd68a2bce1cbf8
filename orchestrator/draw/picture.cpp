#include "orchestrator/draw/picture.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

#include "stages/base/sentence.hpp"
#include "stages/base/text.hpp"

namespace pipectl {
namespace {

using What = Descriptor::What;

/// "read.stdout" taken apart; names of stages and ports have no dots.
std::pair<std::string, std::string> split_port(const std::string& end) {
    const std::size_t dot = end.find('.');
    return {end.substr(0, dot), dot == std::string::npos ? "" : end.substr(dot + 1)};
}

std::vector<std::string> files_of(const Plan& plan, const Process& process) {
    std::vector<std::string> files;
    for (const Descriptor& descriptor : process.descriptors) {
        const std::size_t index = descriptor.index;
        if (descriptor.what == What::input_file) {
            files.push_back("< " + quote_word(plan.inputs[index].path));
        } else if (descriptor.what == What::output_file) {
            const OutputFile& file = plan.outputs[index];
            const std::string number = descriptor.number == 2 ? "2" : "";
            files.push_back(number + (file.append ? ">> " : "> ") + quote_word(file.path));
        }
    }
    return files;
}

/// What a person would recognize: the script rather than the shell that runs it.
std::string command_of(const std::vector<std::string>& argv) {
    if (argv.size() != 3 || argv[0] != "/bin/sh" || argv[1] != "-c") return quote_command(argv);
    std::string script = printable(argv[2]);
    std::replace(script.begin(), script.end(), '\n', ' ');
    std::replace(script.begin(), script.end(), '\t', ' ');
    const std::size_t end = script.find_last_not_of(' ');
    const std::size_t begin = script.find_first_not_of(' ');
    return begin == std::string::npos ? "" : script.substr(begin, end - begin + 1);
}

/// What `after` says, where no edge says it too.
void add_orders(const Plan& plan, Picture& picture) {
    std::set<std::pair<int, int>> fed;
    for (const Picture::Edge& edge : picture.edges) {
        fed.emplace(edge.from, edge.to);
    }
    // stages come before helpers, so they have the same numbers in plan and picture
    const auto stages = static_cast<int>(picture.nodes.size());
    for (int stage = 0; stage < stages; ++stage) {
        for (const Predecessor& before : plan.processes[stage].after) {
            if (before.process >= stages || fed.contains({before.process, stage})) continue;
            Picture::Edge order;
            order.from = before.process;
            order.to = stage;
            order.port = -1 - before.process;  // no edge's
            order.label = before.ended ? "after its end" : "after";
            order.order = true;
            picture.edges.push_back(std::move(order));
        }
    }
}

}  // namespace

Picture picture_of(const Plan& plan) {
    Picture picture;
    picture.title = printable(plan.name);
    std::unordered_map<std::string, int> index;
    for (const Process& process : plan.processes) {
        if (process.role != Role::stage) continue;
        index.emplace(process.name, static_cast<int>(picture.nodes.size()));
        picture.nodes.push_back(
            {process.name, command_of(process.shown_argv), files_of(plan, process),
             process.replicas ? replicas_text(*process.replicas) : "", process.host});
    }
    for (const Host& host : plan.hosts)
        picture.hosts.push_back(printable(host.name));
    std::map<std::string, int> ports;
    for (const Edge& edge : plan.edges) {
        if (edge.back) continue;  // drawn with the one that it answers
        const auto [from, out] = split_port(edge.from);
        const auto [to, in] = split_port(edge.to);
        Picture::Edge drawn;
        drawn.from = index.at(from);
        drawn.to = index.at(to);
        drawn.port = ports.emplace(edge.from, static_cast<int>(ports.size())).first->second;
        drawn.both = edge.partner >= 0;
        if (out != "stdout") drawn.label += out + " > ";
        drawn.label += edge.via;
        if (drawn.both) {
            const std::string& back = plan.edges[edge.partner].via;
            drawn.label += back == edge.via ? ", both ways" : ", back " + back;
        }
        if (in != "stdin") drawn.label += " > " + in;
        if (edge.gate) drawn.label += ", when complete";
        picture.edges.push_back(std::move(drawn));
    }
    add_orders(plan, picture);
    return picture;
}

std::vector<std::string> Picture::Node::lines() const {
    std::vector<std::string> below = files;
    if (!replicas.empty()) below.insert(below.begin(), replicas);
    return below;
}

std::string Picture::full_name(const Node& node) const {
    return node.host == 0 ? node.name : node.name + "@" + hosts[node.host];
}

std::vector<std::vector<int>> Picture::by_host() const {
    std::vector<std::vector<int>> nodes_of(hosts.size());
    for (std::size_t i = 0; i < nodes.size() && !hosts.empty(); ++i)
        nodes_of[nodes[i].host].push_back(static_cast<int>(i));
    return nodes_of;
}

std::string engine_text(const Host& host) {
    if (const auto* ssh = std::get_if<Host::Ssh>(&host.engine)) return "ssh " + one_line(ssh->to);
    if (const auto* slurm = std::get_if<Host::Slurm>(&host.engine)) {
        return filled("slurm: node {} of {}", slurm->index + 1, slurm->needs.nodes);
    }
    if (const auto* command = std::get_if<Host::Command>(&host.engine)) {
        return quote_command(command->argv);
    }
    return std::holds_alternative<Host::Local>(host.engine) ? "a node on this machine"
                                                            : "this machine";
}

std::string replicas_text(const Replicas& replicas) {
    if (replicas.count == 0) return "a replica for each processor";
    return std::to_string(replicas.count) + (replicas.count == 1 ? " replica" : " replicas");
}

}  // namespace pipectl
