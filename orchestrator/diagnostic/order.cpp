#include "orchestrator/diagnostic/order.hpp"

#include <algorithm>
#include <tuple>

namespace pipectl {

void note_users(const SourceText& source, std::vector<Diagnostic>& diagnostics) {
    if (source.used.empty()) return;
    std::vector<bool> noted(source.used.size() + 1, false);
    const std::size_t count = diagnostics.size();
    for (std::size_t i = 0; i < count; ++i) {
        if (diagnostics[i].severity == Severity::note) continue;
        // of one that is used by a used one, the whole way
        for (int file = diagnostics[i].place.file; file > 0 && !noted[file];) {
            noted[file] = true;
            const UsedText& used = source.used[file - 1];
            if (!used.user.known()) break;  // the command line names it
            diagnostics.push_back(
                {Severity::note, used.user, "'" + used.name + "' is used here", "", 1});
            file = used.user.file;
        }
    }
}

void sort_and_join(std::vector<Diagnostic>& diagnostics) {
    const auto order = [](const Diagnostic& diagnostic) {
        return std::tuple(!diagnostic.place.known(), diagnostic.place.file, diagnostic.place.line,
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
