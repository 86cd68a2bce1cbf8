#pragma once

// A plan as a picture: its stages and edges, drawn with text or written for a program that draws.

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/plan/plan.hpp"

namespace pipectl {

/// The names of the formats, as the help of `pipectl graph` has them, the default first.
inline constexpr std::string_view kGraphFormats = "ascii|dot|mermaid|svg|json";

/// The same, each by itself.
std::vector<std::string> graph_formats();

/// What `pipectl graph` prints. Throws std::invalid_argument for a format that is none of these.
std::string render_graph(const Plan& plan, std::string_view format);

}  // namespace pipectl
