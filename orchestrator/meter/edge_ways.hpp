#pragma once

// Which links an edge goes over, and which of them carry nothing else: where several readers share
// a port, or several edges end at one, helpers stand between, and some links carry several edges.

#include <optional>
#include <vector>

#include "orchestrator/plan/plan.hpp"

namespace pipectl {

class EdgeWays {
  public:
    explicit EdgeWays(const Plan& plan);

    /// From the reader's end to the producer's; empty when the edge has no link.
    [[nodiscard]] const std::vector<int>& links(std::size_t edge) const { return ways_[edge]; }
    /// True when no other edge goes over the link.
    [[nodiscard]] bool alone(int link) const { return edges_of_[link] == 1; }

  private:
    bool find(const Edge& edge, int link, std::vector<int>& way) const;

    const Plan& plan_;
    std::vector<std::vector<int>> into_;  ///< links by the process that reads them
    std::vector<std::vector<int>> ways_;
    std::vector<int> edges_of_;
};

}  // namespace pipectl
