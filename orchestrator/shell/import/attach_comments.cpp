#include "orchestrator/shell/import/attach_comments.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace pipectl::shell {

void attach_comments(std::string_view text, const Script& script, const Graph& graph,
                     std::size_t first, Imported& imported) {
    const auto& nodes = graph.nodes;
    imported.comments.stages.resize(nodes.size());
    for (const Comment& comment : script.comments) {
        std::string line(
            text.substr(comment.range.begin + 1, comment.range.end - comment.range.begin - 1));
        if (comment.range.begin == 0 && line.starts_with('!')) {
            continue;
        }
        if (comment.own && comment.range.begin < first) {
            imported.comments.header.push_back(std::move(line));
            continue;
        }
        // a comment inside of a stage's own text has stayed there
        const bool inside = std::any_of(nodes.begin(), nodes.end(), [&](const Node& node) {
            return comment.range.begin > node.range.begin && comment.range.end <= node.range.end;
        });
        if (inside) {
            continue;
        }
        // behind a command: it is about that; on a line of its own: about the next one
        std::size_t best = nodes.size();
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            const std::size_t at = nodes[i].range.begin;
            const bool fits = comment.own ? at > comment.range.begin : at < comment.range.begin;
            const bool nearer =
                best == nodes.size() ||
                (comment.own ? at < nodes[best].range.begin : at > nodes[best].range.begin);
            best = fits && nearer ? i : best;
        }
        if (best == nodes.size()) {
            imported.comments.header.push_back(std::move(line));
        } else {
            imported.comments.stages[best].push_back(std::move(line));
        }
    }
}

}  // namespace pipectl::shell
