#include <cstddef>

#include "orchestrator/draw/graph_formats.hpp"

namespace pipectl {
namespace {

/// A string in double quotes. In labels a backslash begins an escape (\N is the node's name) and
/// '&' an HTML entity, so both are doubled or replaced.
std::string dot_string(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
            result += c;
        } else if (c == '&') {
            result += "&amp;";
        } else if (c == '\n') {
            result += "\\n";
        } else {
            result += c;
        }
    }
    return result + "\"";
}

}  // namespace

std::string graph_dot(const Picture& picture) {
    std::string text = "digraph " + dot_string(picture.title) + " {\n";
    text += "  rankdir=LR;\n";
    text += "  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n";
    text += "  edge [fontname=\"sans-serif\", fontsize=10];\n";
    for (std::size_t i = 0; i < picture.nodes.size(); ++i) {
        const Picture::Node& node = picture.nodes[i];
        std::string label = node.name;
        for (const std::string& file : node.lines()) {
            label += "\n" + file;
        }
        text += "  s" + std::to_string(i) + " [label=" + dot_string(label) +
                ", tooltip=" + dot_string(node.command) + "];\n";
    }
    const auto by_host = picture.by_host();
    for (std::size_t i = 0; i < by_host.size(); ++i) {
        if (by_host[i].empty()) continue;
        text += "  subgraph cluster_" + std::to_string(i) +
                " {\n    label=" + dot_string(picture.hosts[i]) + "; style=\"rounded,dashed\"; " +
                "fontname=\"sans-serif\";\n   ";
        for (const int node : by_host[i])
            text += " s" + std::to_string(node) + ";";
        text += "\n  }\n";
    }
    for (const Picture::Edge& edge : picture.edges) {
        text += "  s" + std::to_string(edge.from) + " -> s" + std::to_string(edge.to) +
                " [label=" + dot_string(edge.label) + (edge.both ? ", dir=both" : "") +
                (edge.order ? ", style=dashed" : "") + "];\n";
    }
    return text + "}\n";
}

}  // namespace pipectl
