#include "orchestrator/diagnostic/order.hpp"

#include <algorithm>
#include <tuple>

namespace pipectl {

void sort_and_join(std::vector<Diagnostic>& diagnostics) {
    const auto order = [](const Diagnostic& diagnostic) {
        return std::tuple(!diagnostic.place.known(), diagnostic.place.line,
                          diagnostic.place.column);
    };
    std::stable_sort(diagnostics.begin(), diagnostics.end(),
                     [&](const Diagnostic& a, const Diagnostic& b) { return order(a) < order(b); });
    const auto end = std::unique(diagnostics.begin(), diagnostics.end(),
                                 [](const Diagnostic& a, const Diagnostic& b) {
                                     return a.place == b.place && a.message == b.message;
                                 });
    diagnostics.erase(end, diagnostics.end());
}

}  // namespace pipectl
