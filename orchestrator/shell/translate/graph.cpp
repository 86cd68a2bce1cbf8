#include "orchestrator/shell/translate/graph.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "orchestrator/shell/syntax/places.hpp"

namespace pipectl::shell {

namespace {

std::size_t index_of(int number) {
    return number;
}

std::vector<std::string> unique_names(const std::vector<Node>& nodes) {
    std::unordered_set<std::string> taken;
    std::unordered_map<std::string, int> last;
    std::vector<std::string> names;
    names.reserve(nodes.size());
    for (const Node& node : nodes) {
        std::string name = node.label;
        for (int& number = last.emplace(node.label, 1).first->second; !taken.insert(name).second;) {
            name = node.label + "-" + std::to_string(++number);
        }
        names.push_back(std::move(name));
    }
    return names;
}

std::vector<Feed> feeds(const std::vector<Source>& sources, const std::vector<std::string>& names,
                        Place place) {
    std::vector<Feed> made;
    made.reserve(sources.size());
    for (const Source& source : sources) {
        Feed feed;
        feed.stage = {names[index_of(source.node)], place};
        feed.port = source.port;
        made.push_back(std::move(feed));
    }
    return made;
}

/// The stage above feeds one of its inputs: then the planner gives its stdin nothing, without a
/// word.
bool reads_above_elsewhere(const Graph& graph, std::size_t index) {
    const Node& reader = graph.nodes[index];
    return index > 0 &&
           std::any_of(reader.inputs.begin(), reader.inputs.end(), [&](const Node::Input& input) {
               const std::vector<Source> sources = graph.resolve(input.sources);
               return std::any_of(sources.begin(), sources.end(), [&](const Source& source) {
                   return index_of(source.node) == index - 1;
               });
           });
}

/// Another stage reads the same, by name: then the planner asks whether this one is meant to.
bool is_read_by_others(const Graph& graph, std::size_t index, const Source& above) {
    const auto has = [&](const std::vector<Source>& sources) {
        const std::vector<Source> all = graph.resolve(sources);
        return std::any_of(all.begin(), all.end(), [&](const Source& source) {
            return index_of(source.node) == index_of(above.node) && source.port == above.port;
        });
    };
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const Node& node = graph.nodes[i];
        if (i != index && (has(node.from) || std::any_of(node.inputs.begin(), node.inputs.end(),
                                                         [&](const Node::Input& input) {
                                                             return has(input.sources);
                                                         }))) {
            return true;
        }
    }
    return false;
}

/// An order without data says that the stage above is not read.
bool comes_after_above(const Graph& graph, std::size_t index) {
    const auto& after = graph.nodes[index].after;
    return std::any_of(after.begin(), after.end(), [index](const Node::Order& each) {
        return index_of(each.node) == index - 1;
    });
}

/// The planner's default for a stage without `from` and `stdin` is the stage above it.
bool reads_above(const Graph& graph, std::size_t index, const std::vector<Source>& from) {
    return index > 0 && from.size() == 1 && from.front().port == "stdout" &&
           index_of(from.front().node) == index - 1 && !comes_after_above(graph, index) &&
           !reads_above_elsewhere(graph, index) && !is_read_by_others(graph, index, from.front());
}

void rename_inputs(Template& text, const std::map<std::string, std::string>& names) {
    for (Template::Piece& piece : text.pieces) {
        const auto found = names.find(piece.value);
        if (piece.kind == Template::Piece::Kind::input && found != names.end()) {
            piece.value = found->second;
        }
    }
}

/// Gives the inputs the names of their writers, which say more than numbers.
void name_inputs(Stage& stage) {
    std::map<std::string, std::string> names;
    std::set<std::string> taken;
    for (InputPort& port : stage.inputs) {
        if (port.feeds.empty()) {
            continue;
        }
        const Feed& first = port.feeds.front();
        const bool own = first.port != "stdout" && first.port != "stderr";
        const std::string base = own ? first.port : first.stage.value;
        std::string name = base;
        for (int number = 2; !taken.insert(name).second; ++number) {
            name = base + "-" + std::to_string(number);
        }
        names[port.name.value] = name;
        port.name.value = name;
    }
    for (Template& word : stage.run) {
        rename_inputs(word, names);
    }
    for (auto& [variable, value] : stage.env) {
        rename_inputs(value, names);
    }
}

/// Whether something that is not said already names the wiring of this stage's stdin.
bool is_given(const InputSpec& in) {
    return !std::holds_alternative<std::monostate>(in);
}

}  // namespace

void add_pipe(std::vector<Fifo>& pipes, Fifo pipe) {
    const bool known = std::any_of(pipes.begin(), pipes.end(),
                                   [&](const Fifo& each) { return each.path == pipe.path; });
    if (!known) {
        pipes.push_back(std::move(pipe));
    }
}

int Graph::find_fifo(const std::string& path) const {
    const auto found = std::find_if(fifos.begin(), fifos.end(),
                                    [&](const Fifo& fifo) { return fifo.path == path; });
    return found == fifos.end() ? -1 : static_cast<int>(found - fifos.begin());
}

std::vector<Source> Graph::resolve(const std::vector<Source>& sources) const {
    std::vector<Source> real;
    for (const Source& source : sources) {
        if (source.fifo < 0) {
            real.push_back(source);
            continue;
        }
        // a pipe may be copied into another one; a ring of nothing but pipes is cut
        std::vector<int> seen = {source.fifo};
        std::vector<Source> open = fifos[index_of(source.fifo)].writers;
        while (!open.empty()) {
            const Source next = open.front();
            open.erase(open.begin());
            if (next.fifo < 0) {
                real.push_back(next);
            } else if (std::find(seen.begin(), seen.end(), next.fifo) == seen.end()) {
                seen.push_back(next.fifo);
                const auto& more = fifos[index_of(next.fifo)].writers;
                open.insert(open.begin(), more.begin(), more.end());
            }
        }
    }
    return real;
}

int Graph::cycle() const {
    // take away, again and again, what is fed by nothing that is left
    std::vector<std::vector<int>> readers(nodes.size());
    std::vector<int> waiting(nodes.size(), 0);
    const auto add = [&](const std::vector<Source>& sources, std::size_t reader) {
        for (const Source& source : resolve(sources)) {
            if (source.node < 0) {
                continue;  // what writes there could not be translated
            }
            readers[index_of(source.node)].push_back(static_cast<int>(reader));
            ++waiting[reader];
        }
    };
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        add(nodes[i].from, i);
        for (const Node::Input& input : nodes[i].inputs) {
            add(input.sources, i);
        }
    }
    std::vector<int> free;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (waiting[i] == 0) {
            free.push_back(static_cast<int>(i));
        }
    }
    while (!free.empty()) {
        const int next = free.back();
        free.pop_back();
        waiting[index_of(next)] = -1;
        for (const int reader : readers[index_of(next)]) {
            if (--waiting[index_of(reader)] == 0) {
                free.push_back(reader);
            }
        }
    }
    const auto left = std::find_if(waiting.begin(), waiting.end(), [](int n) { return n > 0; });
    return left == waiting.end() ? -1 : static_cast<int>(left - waiting.begin());
}

void Graph::move_to_end(int node) {
    const int last = static_cast<int>(nodes.size()) - 1;
    if (node < 0 || node == last) {
        return;
    }
    std::rotate(nodes.begin() + node, nodes.begin() + node + 1, nodes.end());
    const auto renumber = [&](std::vector<Source>& sources) {
        for (Source& source : sources) {
            if (source.node == node) {
                source.node = last;
            } else if (source.node > node) {
                --source.node;
            }
        }
    };
    for (Node& each : nodes) {
        renumber(each.from);
        for (Node::Order& order : each.after) {
            std::vector<Source> source = {{order.node, {}, -1}};
            renumber(source);
            order.node = source.front().node;
        }
        for (Node::Input& input : each.inputs) {
            renumber(input.sources);
        }
    }
    for (Fifo& fifo : fifos) {
        renumber(fifo.writers);
    }
}

Definition make_definition(const Graph& graph, std::string_view text) {
    Definition made;
    const std::vector<std::string> names = unique_names(graph.nodes);
    Places places(text);
    made.stages.reserve(graph.nodes.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const Node& node = graph.nodes[i];
        Stage stage = node.stage;
        const Place place = places.at(node.range.begin);
        stage.place = stage.command_place = place;
        stage.name = {names[i], place};
        for (Template& word : stage.run) {
            word.place = place;
        }
        stage.shell.place = place;
        if (is_given(stage.in)) {
            stage.in_place = place;
        }
        stage.out_place = stage.err_place = place;
        for (const Node::Input& input : node.inputs) {
            stage.inputs.push_back(
                {{input.port, place}, feeds(graph.resolve(input.sources), names, place)});
        }
        name_inputs(stage);
        for (const Node::Order& order : node.after) {
            stage.after.push_back({{names[index_of(order.node)], place}, order.ended});
        }
        const std::vector<Source> from = graph.resolve(node.from);
        // beside an order it is said whom a stage reads
        if (!from.empty() && (!reads_above(graph, i, from) || !node.after.empty())) {
            stage.from = feeds(from, names, place);
            stage.from_place = place;
            if (from.size() > 1 && node.lines) {
                stage.fan_in = Located<FanInKind>{FanInKind::lines, place};
            }
        } else if (from.empty() && !is_given(stage.in)) {
            // the first one inherits the caller's stdin by itself
            if (!node.inherits) {
                if (!reads_above_elsewhere(graph, i) && !comes_after_above(graph, i)) {
                    stage.in = Null{};
                }
            } else if (i > 0) {
                stage.in = Inherit{};
            }
        }
        made.stages.push_back(std::move(stage));
    }
    return made;
}

std::string stage_label(std::string_view program) {
    if (const std::size_t slash = program.rfind('/'); slash != std::string_view::npos) {
        program.remove_prefix(slash + 1);
    }
    std::string label;
    for (const char c : program.substr(0, 40)) {
        const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '_' || c == '-';
        label += good ? c : '-';
    }
    const std::size_t first = label.find_first_not_of('-');
    if (first == std::string::npos) {
        return "stage";
    }
    return label.substr(first, label.find_last_not_of('-') + 1 - first);
}

}  // namespace pipectl::shell
