#include <cstddef>
#include <string_view>

#include "orchestrator/draw/graph_formats.hpp"

namespace pipectl {
namespace {

/// A string in double quotes. Mermaid has no escapes but entities by number or name, "#35;"; what
/// is left alone has no meaning for it or for the HTML that it makes.
std::string mermaid_string(const std::string& text) {
    static constexpr std::string_view kPlain = " -_./,:=+%@()[]{}";
    std::string result = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool digit = c >= '0' && c <= '9';
        if (c == '\n') {
            result += "<br/>";
        } else if (letter || digit || byte >= 0x80 || kPlain.find(c) != std::string_view::npos) {
            result += c;
        } else {
            result += '#' + std::to_string(byte) + ';';
        }
    }
    return result + "\"";
}

}  // namespace

std::string graph_mermaid(const Picture& picture) {
    std::string text = "flowchart LR\n";
    for (std::size_t i = 0; i < picture.nodes.size(); ++i) {
        const Picture::Node& node = picture.nodes[i];
        std::string label = node.name;
        for (const std::string& file : node.lines()) {
            label += "\n" + file;
        }
        text += "  s" + std::to_string(i) + "[" + mermaid_string(label) + "]\n";
    }
    const auto by_host = picture.by_host();
    for (std::size_t i = 0; i < by_host.size(); ++i) {
        if (by_host[i].empty()) continue;
        text += "  subgraph h" + std::to_string(i) + "[" + mermaid_string(picture.hosts[i]) + "]\n";
        for (const int node : by_host[i])
            text += "    s" + std::to_string(node) + "\n";
        text += "  end\n";
    }
    for (const Picture::Edge& edge : picture.edges) {
        const char* const arrow = edge.both ? " <-->|" : edge.order ? " -.->|" : " -->|";
        text += "  s" + std::to_string(edge.from) + arrow + mermaid_string(edge.label) + "| s" +
                std::to_string(edge.to) + "\n";
    }
    return text;
}

}  // namespace pipectl
