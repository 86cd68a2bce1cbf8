#include "tests/simulation/sim_graphs.hpp"

#include <string>
#include <utility>

namespace pipectl::simulation {

namespace {

channel::Kind kind(std::string_view name, channel::Ends ends, channel::ReaderGone gone,
                   bool follower) {
    channel::Kind kind{.name = name,
                       .summary = {},
                       .kernel_object = {},
                       .ends = ends,
                       .keeps_records = false,
                       .options = {},
                       .create = nullptr};
    kind.reader_gone = gone;
    kind.follower = follower;
    return kind;
}

const channel::Kind kPipe =
    kind("sim-pipe", channel::Ends::direct, channel::ReaderGone::kernel_tells, false);
const channel::Kind kSocket =
    kind("sim-socket", channel::Ends::direct, channel::ReaderGone::kernel_tells, false);
const channel::Kind kFile =
    kind("sim-file", channel::Ends::direct, channel::ReaderGone::we_tell, true);
const channel::Kind kQueue =
    kind("sim-queue", channel::Ends::bridged, channel::ReaderGone::kernel_tells, false);

/// A pipe behind a spill buffer.
const channel::Kind kRoomy =
    kind("sim-roomy", channel::Ends::direct, channel::ReaderGone::kernel_tells, false);

/// Builds a plan by names, stages first come first; the helper's word follows its name: "c:copy".
class Graph {
  public:
    explicit Graph(std::string name) {
        plan_.name = std::move(name);
        plan_.grace = std::chrono::milliseconds(2000);
    }

    Graph& link(const std::string& from, const channel::Kind& kind, const std::string& to,
                int descriptor = 1) {
        Link link;
        link.name = std::string(from).append(" -> ").append(to);
        link.kind = &kind;
        link.writer = process(from);
        link.reader = process(to);
        const int index = static_cast<int>(plan_.links.size());
        plan_.processes[static_cast<std::size_t>(link.writer)].descriptors.push_back(
            {descriptor, Descriptor::What::link_writer, index});
        plan_.links.push_back(link);
        return *this;
    }

    /// `later` starts when `first` has ended.
    Graph& order(const std::string& first, const std::string& later, bool ended = false) {
        const int before = process(first);
        plan_.processes[static_cast<std::size_t>(process(later))].after.push_back({before, ended});
        return *this;
    }

    /// An edge whose reader starts when its writer has ended well.
    Graph& gate(const std::string& from, const std::string& to) {
        return link(from, kRoomy, to).order(from, to);
    }

    Plan done() {
        for (std::size_t i = 0; i < plan_.processes.size(); ++i) {
            if (plan_.processes[i].role == Role::stage) plan_.last_stage = static_cast<int>(i);
        }
        return plan_;
    }

  private:
    int process(const std::string& name) {
        for (std::size_t i = 0; i < plan_.processes.size(); ++i) {
            if (plan_.processes[i].name == name) return static_cast<int>(i);
        }
        Process process;
        process.name = name;
        if (const auto colon = name.find(':'); colon != std::string::npos) {
            process.role = Role::helper;
            process.job = job::job_of(std::string_view(name).substr(colon + 1), {"3"});
        }
        plan_.processes.push_back(process);
        return static_cast<int>(plan_.processes.size()) - 1;
    }

    Plan plan_;
};

/// Over a bridged kind: a bridge at either end.
Graph& bridged(Graph& graph, const std::string& from, const std::string& to) {
    return graph.link(from, kPipe, from + to + ":send")
        .link(from + to + ":send", kQueue, from + to + ":receive")
        .link(from + to + ":receive", kPipe, to);
}

Graph& spooled(Graph& graph, const std::string& from, const std::string& to) {
    return graph.link(from, kFile, from + to + ":follow").link(from + to + ":follow", kPipe, to);
}

}  // namespace

std::vector<Plan> all_graphs() {
    std::vector<Plan> graphs;
    const auto add = [&](Graph& graph) { graphs.push_back(graph.done()); };
    Graph two("two stages");
    add(two.link("a", kPipe, "b"));
    Graph five("five stages");
    add(five.link("a", kPipe, "b")
            .link("b", kPipe, "c")
            .link("c", kPipe, "d")
            .link("d", kPipe, "e"));
    Graph sockets("three stages over sockets");
    add(sockets.link("a", kSocket, "b").link("b", kSocket, "c"));
    Graph file("a spool file");
    add(spooled(file, "a", "b"));
    Graph files("two spool files");
    spooled(files, "a", "b");
    add(spooled(files, "b", "c"));
    Graph queue("a queue with bridges");
    add(bridged(queue, "a", "b"));
    Graph queues("two queues with bridges");
    bridged(queues, "a", "b");
    add(bridged(queues, "b", "c"));
    Graph copy("a copy to two readers");
    add(copy.link("a", kPipe, "x:copy").link("x:copy", kPipe, "b").link("x:copy", kSocket, "c"));
    Graph copied_file("a copy to a spool file and a pipe");
    copied_file.link("a", kPipe, "x:copy").link("x:copy", kFile, "f:follow");
    add(copied_file.link("f:follow", kPipe, "b").link("x:copy", kPipe, "c"));
    Graph diamond("a diamond without buffers");
    add(diamond.link("a", kPipe, "x:copy")
            .link("x:copy", kPipe, "b")
            .link("x:copy", kPipe, "c")
            .link("b", kPipe, "d")
            .link("c", kPipe, "d"));
    Graph merge("two producers, one reader");
    add(merge.link("a", kPipe, "c").link("b", kSocket, "c").link("c", kPipe, "d"));
    Graph ports("a stage with two outputs");
    add(ports.link("a", kPipe, "b").link("a", kPipe, "c", 3));
    Graph errors("a stage whose stderr is read");
    add(errors.link("a", kPipe, "b").link("a", kPipe, "c", 2));
    Graph talk("a two-way edge");
    add(talk.link(kAsks, kPipe, "calc").link("calc", kPipe, kAsks));
    Graph talk_on_socket("a two-way edge over sockets, and a log of it");
    add(talk_on_socket.link(kAsks, kSocket, "calc")
            .link("calc", kSocket, kAsks)
            .link(kAsks, kPipe, "log", 3));
    Graph talk_by_queue("a two-way edge over queues with bridges");
    bridged(talk_by_queue, kAsks, "calc");
    add(bridged(talk_by_queue, "calc", kAsks));
    Graph talk_by_file("a two-way edge over spool files");
    spooled(talk_by_file, kAsks, "calc");
    add(spooled(talk_by_file, "calc", kAsks));
    Graph mixed("a pipe, a queue, a file");
    mixed.link("a", kPipe, "b");
    bridged(mixed, "b", "c");
    add(spooled(mixed, "c", "d"));
    Graph gate("a gate in a chain");
    add(gate.link("a", kPipe, "b").gate("b", "c").link("c", kPipe, "d"));
    Graph gates("two gates, and an order without data");
    add(gates.gate("a", "b").link("b", kSocket, "c").gate("x", "y").order("y", "b"));
    Graph met("ways that meet behind a gate");
    add(met.link("a", kPipe, "x:copy")
            .gate("x:copy", "b")
            .order("a", "b")
            .link("x:copy", kRoomy, "c")
            .link("b", kPipe, "c"));
    Graph steps("steps one after the other");
    add(steps.link("a", kPipe, "b")
            .link("c", kPipe, "d")
            .order("b", "c")
            .order("b", "d")
            .link("e", kPipe, "f")
            .order("d", "e", true)
            .order("d", "f", true));
    return graphs;
}

std::vector<Plan> hosted_graphs() {
    std::vector<Plan> graphs;
    const auto add = [&](Graph& graph) { graphs.push_back(graph.done()); };
    Graph chain("a chain over hosts");
    bridged(chain, "a", "b");
    bridged(chain, "b", "c");
    add(bridged(chain, "c", "d"));
    Graph mixed("pipes on hosts, queues between them");
    mixed.link("a", kPipe, "b");
    bridged(mixed, "b", "c").link("c", kSocket, "d");
    add(bridged(mixed, "d", "e"));
    Graph copy("a copy for two other hosts");
    copy.link("a", kPipe, "x:copy");
    copy.link("x:copy", kPipe, "xb:send").link("xb:send", kQueue, "b:receive");
    copy.link("b:receive", kPipe, "b");
    copy.link("x:copy", kPipe, "xc:send").link("xc:send", kQueue, "c:receive");
    add(copy.link("c:receive", kPipe, "c"));
    Graph merge("two hosts feed a third");
    bridged(merge, "a", "c");
    bridged(merge, "b", "c");
    add(bridged(merge, "c", "d"));
    Graph steps("steps on one host after those on another");
    bridged(steps, "a", "b");
    steps.order("b", "c");
    add(bridged(steps, "c", "d").order("b", "d"));
    return graphs;
}

}  // namespace pipectl::simulation
