#include "orchestrator/draw/render_graph.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "orchestrator/draw/graph_formats.hpp"

namespace pipectl {
namespace {

/// In the order of kGraphFormats.
constexpr std::array kRenderers = {graph_ascii, graph_dot, graph_mermaid, graph_svg, graph_json};

static_assert(kRenderers.size() == 1 + std::ranges::count(kGraphFormats, '|'));

}  // namespace

std::vector<std::string> graph_formats() {
    std::vector<std::string> names(1);
    for (const char c : kGraphFormats) {
        c == '|' ? names.emplace_back() : names.back().append(1, c);
    }
    return names;
}

std::string render_graph(const Plan& plan, std::string_view format) {
    const std::vector<std::string> names = graph_formats();
    const auto found = std::ranges::find(names, format);
    if (found == names.end()) {
        throw std::invalid_argument("there is no format '" + std::string(format) + "'");
    }
    return kRenderers[found - names.begin()](picture_of(plan));
}

}  // namespace pipectl
