#pragma once

// Where the nodes and edges of a picture stand, in columns and layers: producers above consumers.
//
// Units are characters across and layers down; the renderers turn them into rows or pixels. An edge
// that spans several layers passes through a box of its own in each layer between.

#include <string>
#include <vector>

#include "orchestrator/draw/picture.hpp"

namespace pipectl {

struct GraphLayout {
    struct Box {
        int node = -1;  ///< of the picture; -1: an edge passes through here
        int layer = 0;
        int x = 0;       ///< first column
        int width = 1;   ///< columns that edges may use
        int extent = 1;  ///< columns that are occupied; not less than `width`
    };
    /// A piece of an edge, from one layer to the next.
    struct Segment {
        int from = 0;  ///< boxes
        int to = 0;
        int edge = 0;       ///< of the picture
        int exit = 0;       ///< column at the bottom of `from`
        int entry = 0;      ///< column at the top of `to`
        bool last = false;  ///< `to` is the edge's consumer
    };
    std::vector<Box> boxes;
    std::vector<std::vector<int>> layers;  ///< boxes from left to right
    std::vector<Segment> segments;         ///< sorted by layer
    int width = 0;
    bool direct = false;  ///< too many passages: edges that span layers go straight across them
};

struct BoxSize {
    int width = 1;
    int extent = 1;
};

/// `sizes`: of each node; `gap`: columns between boxes. Entries of one node are spread so that each
/// edge's label fits beside its line. The picture must be free of cycles. Linear but for the edges
/// that span layers: of the boxes that they pass through there are at most `max_passages`.
GraphLayout lay_out_graph(const Picture& picture, const std::vector<BoxSize>& sizes, int gap,
                          std::size_t max_passages);

}  // namespace pipectl
