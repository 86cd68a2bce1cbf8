#pragma once

// The renderers of pictures: one file each, and one line in the table of render_graph.cpp.

#include <string>

#include "orchestrator/draw/picture.hpp"

namespace pipectl {

/// Columns between the boxes of one layer.
inline constexpr int kBoxGap = 3;

/// For terminals: plain ASCII, top to bottom. A picture too large or too tangled to be drawn
/// becomes a list of edges.
std::string graph_ascii(const Picture& picture);

/// For Graphviz.
std::string graph_dot(const Picture& picture);

/// For Markdown pages that draw Mermaid flow charts.
std::string graph_mermaid(const Picture& picture);

/// For programs: {"title", "stages": [{"name", "command", "files"}], "edges": [{"from", "to",
/// "label"}]}, where edges name stages; "both": two-way; "order": no data, `to` starts when `from`
/// has ended.
std::string graph_json(const Picture& picture);

/// Self-contained: no fonts, scripts or pages are fetched; light and dark.
std::string graph_svg(const Picture& picture);

}  // namespace pipectl
