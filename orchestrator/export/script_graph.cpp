#include "orchestrator/export/script_graph.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <tuple>

namespace pipectl {
namespace {

using What = Descriptor::What;
using NodeKind = ScriptNode::Kind;

class GraphMaker {
  public:
    explicit GraphMaker(const Plan& plan) : plan_(plan) {}

    ScriptGraph run() {
        outgoing_.assign(plan_.processes.size(), 0);
        for (const Link& link : plan_.links) {
            ++outgoing_[link.writer];
        }
        for (std::size_t i = 0; i < plan_.processes.size(); ++i) {
            add_process(static_cast<int>(i));
        }
        add_links();
        number();
        choose_pipes();
        name_fifos();
        make_jobs();
        return std::move(graph_);
    }

  private:
    ScriptNode& node(int index) { return graph_.nodes[index]; }
    Wire& wire(int index) { return graph_.wires[index]; }
    const Process& process(int index) const { return plan_.processes[index]; }

    static NodeKind kind_of(const Process& process) {
        if (process.role == Role::stage) return NodeKind::stage;
        if (process.does<job::Deal>()) return NodeKind::deal;
        if (process.does<job::Hash>()) return NodeKind::hash;
        if (process.does<job::Concat>() || process.does<job::Lines>()) return NodeKind::merge;
        if (process.does<job::Get>()) return NodeKind::recv;
        if (process.does<job::Put>()) return NodeKind::send;
        return NodeKind::copy;
    }

    /// A copier that must never wait for a reader; see plan/room.hpp.
    static bool has_room(const Process& process) {
        const auto* const copy = process.does<job::Copy>();
        return copy != nullptr && (copy->memory || copy->room);
    }

    void add_process(int index) {
        const Process& of = process(index);
        ScriptNode added;
        added.kind = kind_of(of);
        if (has_room(of) && outgoing_[index] == 1) {
            added.kind = NodeKind::spool;
        }
        added.process = index;
        if (const auto* const hash = of.does<job::Hash>()) {
            added.arguments = {std::to_string(hash->field)};
        }
        if (of.job && job::meeting_of(*of.job) != nullptr) {
            // as of `pipectl recv` and `send`, whose options are those of the job
            const std::vector<std::string> words = job::words_of(*of.job);
            added.arguments.assign(words.begin() + 1, words.end());
        }
        graph_.nodes.push_back(std::move(added));
    }

    void connect(int writer, int writer_number, int reader, int reader_number) {
        Wire added;
        added.writer = writer;
        added.reader = reader;
        added.writer_number = writer_number;
        added.reader_number = reader_number;
        graph_.wires.push_back(added);
    }

    int add_spool(int process) {
        ScriptNode spool;
        spool.kind = NodeKind::spool;
        spool.process = process;
        graph_.nodes.push_back(std::move(spool));
        return static_cast<int>(graph_.nodes.size()) - 1;
    }

    void add_links() {
        std::vector<std::pair<int, int>> numbers(plan_.links.size());  // writer's and reader's
        for (const Process& each : plan_.processes) {
            for (const Descriptor& descriptor : each.descriptors) {
                if (descriptor.what == What::link_writer) {
                    numbers[descriptor.index].first = descriptor.number;
                } else if (descriptor.what == What::link_reader) {
                    numbers[descriptor.index].second = descriptor.number;
                }
            }
        }
        for (std::size_t i = 0; i < plan_.links.size(); ++i) {
            const Link& link = plan_.links[i];
            if (has_room(process(link.writer)) && node(link.writer).kind == NodeKind::copy) {
                const int spool = add_spool(link.writer);
                connect(link.writer, numbers[i].first, spool, 0);
                connect(spool, 1, link.reader, numbers[i].second);
            } else {
                connect(link.writer, numbers[i].first, link.reader, numbers[i].second);
            }
        }
    }

    /// Places each node behind all that it reads, else in the order of the definition, and sorts
    /// the wires by their writers' places.
    void number() {
        std::vector<int> missing(graph_.nodes.size());
        std::vector<std::vector<int>> readers(graph_.nodes.size());
        for (const Wire& each : graph_.wires) {
            ++missing[each.reader];
            readers[each.writer].push_back(each.reader);
        }
        place_.assign(graph_.nodes.size(), 0);
        std::set<int> ready;
        for (std::size_t i = 0; i < missing.size(); ++i) {
            if (missing[i] == 0) ready.insert(static_cast<int>(i));
        }
        int next = 0;
        while (!ready.empty()) {
            const int first = *ready.begin();
            ready.erase(ready.begin());
            place_[first] = next++;
            for (const int reader : readers[first]) {
                if (--missing[reader] == 0) ready.insert(reader);
            }
        }
        std::stable_sort(graph_.wires.begin(), graph_.wires.end(),
                         [this](const Wire& a, const Wire& b) {
                             return std::tuple(place(a.writer), a.writer_number) <
                                    std::tuple(place(b.writer), b.writer_number);
                         });
        for (std::size_t i = 0; i < graph_.wires.size(); ++i) {
            node(graph_.wires[i].writer).outputs.push_back(static_cast<int>(i));
            node(graph_.wires[i].reader).inputs.push_back(static_cast<int>(i));
        }
        for (ScriptNode& each : graph_.nodes) {
            std::stable_sort(each.inputs.begin(), each.inputs.end(), [this](int a, int b) {
                return wire(a).reader_number < wire(b).reader_number;
            });
        }
    }

    int place(int index) const { return place_[index]; }

    /// Whether the wire can stand at its reader's stdin.
    bool at_stdin(int index) {
        const Wire& of = wire(index);
        const ScriptNode& reader = node(of.reader);
        if (reader.kind == NodeKind::merge) return reader.inputs.front() == index;
        return of.reader_number == 0;
    }

    void choose_pipes() {
        for (ScriptNode& each : graph_.nodes) {
            if (each.kind == NodeKind::stage) {
                for (const int output : each.outputs) {
                    if (wire(output).writer_number == 1) wire(output).pipe = at_stdin(output);
                }
                continue;
            }
            // lines are dealt in the order of the readers: stdout must be the first one
            const bool any = each.kind == NodeKind::copy || each.outputs.size() < 2;
            const auto last = any ? each.outputs.end() : each.outputs.begin() + 1;
            const auto first = std::find_if(each.outputs.begin(), last,
                                            [this](int output) { return at_stdin(output); });
            if (first != last) wire(*first).pipe = true;
        }
    }

    /// A stage's own name; a helper's has a '+', which none of a stage can have.
    std::string name_of(int index) {
        const ScriptNode& of = node(index);
        if (of.kind == NodeKind::stage) return process(of.process).name;
        std::string name = process(of.process).name;  // "copy:read.stdout"
        name = name.substr(name.find(':') + 1);
        name = name.substr(0, name.find('.'));
        return name + (of.kind == NodeKind::spool
                           ? "+spool"
                           : "+" + std::string(job::name_of(*process(of.process).job)));
    }

    /// "read.count", with a '+' and a number where there are several. A stage's function closes
    /// the FIFOs that begin or end with its name, so the number must not stand at either end.
    void name_fifos() {
        std::set<std::string> used;
        for (Wire& each : graph_.wires) {
            if (each.pipe) continue;
            const std::string writer = name_of(each.writer);
            const std::string reader = "." + name_of(each.reader);
            each.name = writer + reader;
            for (int i = 2; !used.insert(each.name).second; ++i) {
                each.name = writer;
                each.name += "." + std::to_string(i) + reader;
            }
        }
    }

    void make_jobs() {
        std::vector<int> heads;
        for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
            const auto& inputs = graph_.nodes[i].inputs;
            const bool piped = std::any_of(inputs.begin(), inputs.end(),
                                           [this](int input) { return wire(input).pipe; });
            if (!piped) heads.push_back(static_cast<int>(i));
        }
        std::sort(heads.begin(), heads.end(), [this](int a, int b) { return place(a) < place(b); });
        std::size_t last = 0;
        for (const int head : heads) {
            std::vector<int> job = {head};
            for (int next = head; next >= 0;) {
                const auto& outputs = node(next).outputs;
                const auto pipe = std::find_if(outputs.begin(), outputs.end(),
                                               [this](int output) { return wire(output).pipe; });
                next = pipe == outputs.end() ? -1 : wire(*pipe).reader;
                if (next >= 0) job.push_back(next);
            }
            if (std::find(job.begin(), job.end(), plan_.last_stage) != job.end()) {
                last = graph_.jobs.size();
            }
            graph_.jobs.push_back(std::move(job));
        }
        const auto at = graph_.jobs.begin() + static_cast<std::ptrdiff_t>(last);
        std::rotate(at, at + 1, graph_.jobs.end());
    }

    const Plan& plan_;
    ScriptGraph graph_;
    std::vector<int> outgoing_;  ///< [process]: links that it writes
    std::vector<int> place_;     ///< [node]
};

}  // namespace

ScriptGraph script_graph(const Plan& plan) {
    return GraphMaker(plan).run();
}

}  // namespace pipectl
