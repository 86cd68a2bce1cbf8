#include "orchestrator/plan/network.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <numeric>
#include <utility>

namespace pipectl {
namespace {

using What = Descriptor::What;

constexpr int kFirstOwnDescriptor = 3;

bool has_descriptor(const Process& process, int number) {
    return std::any_of(process.descriptors.begin(), process.descriptors.end(),
                       [number](const Descriptor& each) { return each.number == number; });
}

/// A reader may depend on another reader of the same helper, so each must be shown its end of data
/// as soon as it has got everything, and not when the helper ends.
bool has_several_outputs(const Process& process) {
    return std::count_if(process.descriptors.begin(), process.descriptors.end(),
                         [](const Descriptor& each) { return each.what == What::link_writer; }) > 1;
}

}  // namespace

Network::Network(Plan& plan) : plan_(plan), stages_(static_cast<int>(plan.processes.size())) {
    plan_.links.reserve(plan_.processes.size());
}

Process& Network::process(int index) const {
    return plan_.processes[index];
}

Network::Helper& Network::helper(int process) {
    assert(process >= stages_);
    return helpers_[process - stages_];
}

std::string Network::unique_name(const std::string& wanted) {
    const int times = ++names_[wanted];
    return times == 1 ? wanted : wanted + " #" + std::to_string(times);
}

int Network::add_helper(job::Job job, const std::string& name, int owner, Place place,
                        std::string reason) {
    Process process;
    process.name = unique_name(name);
    process.role = Role::helper;
    process.job = std::move(job);
    process.reason = std::move(reason);
    process.place = place;
    process.command_place = place;
    process.host = plan_.processes[owner].host;
    plan_.processes.push_back(std::move(process));
    helpers_.push_back({owner, 0});
    return static_cast<int>(plan_.processes.size()) - 1;
}

End Network::next_end(int process) {
    return standard_end(process, kFirstOwnDescriptor + helper(process).ends++);
}

End Network::standard_end(int process, int number) const {
    return {process, number, this->process(process).name};
}

int Network::add_link(const End& writer, const End& reader, Channel channel, Place place) {
    assert(channel.kind != nullptr);
    const int index = static_cast<int>(plan_.links.size());
    Link link;
    link.name = writer.name + " -> " + reader.name;
    // a stage's port has one link, but a helper may feed the same one twice
    if (!is_stage(writer.process)) link.name = unique_name(link.name);
    link.kind = channel.kind;
    link.settings = std::move(channel.settings);
    link.writer = writer.process;
    link.reader = reader.process;
    link.place = place;
    plan_.links.push_back(std::move(link));
    process(writer.process).descriptors.push_back({writer.number, What::link_writer, index});
    process(reader.process).descriptors.push_back({reader.number, What::link_reader, index});
    return index;
}

void Network::add_finish(int process, int link) {
    const End end = next_end(process);
    this->process(process).descriptors.push_back({end.number, What::link_finish, link});
}

void Network::add_descriptor(int process, Descriptor::What what, int edge) {
    const End end = next_end(process);
    this->process(process).descriptors.push_back({end.number, what, edge});
}

void Network::name_tickets(Process& process) const {
    if (process.role != Role::stage || !process.native) return;
    std::string numbers;
    for (const Descriptor& each : process.descriptors) {
        const bool is_link = each.what == What::link_writer || each.what == What::link_reader;
        if (!is_link || plan_.links[each.index].kind->ends != channel::Ends::bridged) {
            continue;
        }
        numbers += (numbers.empty() ? "" : " ") + std::to_string(each.number);
    }
    if (!numbers.empty()) process.env.emplace_back("PIPECTL_TICKETS", numbers);
}

std::string Network::program_for(const Process& process) const {
    for (const Descriptor& each : process.descriptors) {
        if (each.what != What::link_writer && each.what != What::link_reader) continue;
        const std::string_view program = plan_.links[each.index].kind->program;
        if (program != kHelperProgram) return std::string(program);
    }
    return kHelperProgram;
}

int Network::owner_of(int process) const {
    if (is_stage(process)) return process;
    return helpers_[process - stages_].owner;
}

void Network::finish() {
    for (std::size_t i = 0; i < helpers_.size(); ++i) {
        Process& process = plan_.processes[static_cast<std::size_t>(stages_) + i];
        std::vector<int> ends(static_cast<std::size_t>(helpers_[i].ends));
        std::iota(ends.begin(), ends.end(), kFirstOwnDescriptor);
        job::set_descriptors(*process.job, ends);
        if (has_several_outputs(process)) {
            const int number = kFirstOwnDescriptor + helpers_[i].ends;
            job::outputs_of(*process.job)->tell = number;
            process.descriptors.push_back({number, What::report, 0});
        }
        process.argv = job::words_of(*process.job);
        process.argv.insert(process.argv.begin(), program_for(process));
        process.shown_argv = process.argv;
        for (const int number : {0, 1}) {
            if (!has_descriptor(process, number)) {
                process.descriptors.push_back({number, What::null, 0});
            }
        }
        process.descriptors.push_back({2, What::inherited, 2});
    }
    for (Process& process : plan_.processes) {
        name_tickets(process);
        if (process.shipped) process.argv[0] = process.shown_argv[0] = program_for(process);
        std::sort(process.descriptors.begin(), process.descriptors.end(),
                  [](const Descriptor& a, const Descriptor& b) { return a.number < b.number; });
    }
}

}  // namespace pipectl
