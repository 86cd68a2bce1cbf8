#include "orchestrator/draw/render_graph.hpp"

#include <array>
#include <stdexcept>

#include "orchestrator/draw/graph_formats.hpp"

namespace pipectl {
namespace {

struct Format {
    std::string_view name;
    std::string (*render)(const Picture&);
};

constexpr std::array kFormats = {
    Format{"ascii", graph_ascii}, Format{"dot", graph_dot},   Format{"mermaid", graph_mermaid},
    Format{"svg", graph_svg},     Format{"json", graph_json},
};

}  // namespace

std::vector<std::string> graph_formats() {
    std::vector<std::string> names;
    for (const Format& format : kFormats) {
        names.emplace_back(format.name);
    }
    return names;
}

std::string render_graph(const Plan& plan, std::string_view format) {
    for (const Format& each : kFormats) {
        if (each.name == format) return each.render(picture_of(plan));
    }
    throw std::invalid_argument("there is no format '" + std::string(format) + "'");
}

}  // namespace pipectl
