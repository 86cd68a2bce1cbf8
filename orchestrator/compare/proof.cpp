#include "orchestrator/compare/proof.hpp"

#include <algorithm>
#include <cstddef>

namespace pipectl::compare {

namespace {

bool all_are(const std::vector<std::string>& digests, const std::string& reference) {
    return std::all_of(digests.begin(), digests.end(),
                       [&](const std::string& digest) { return digest == reference; });
}

/// The digests that tell whether the pipeline repeats itself: the baseline's, or those of the first
/// row that has any.
const std::vector<std::string>* yardstick(const Table& table, const Digests& digests) {
    const std::size_t baseline = table.baseline;
    if (baseline < digests.size() && !digests[baseline].empty()) return &digests[baseline];
    const auto first = std::find_if(digests.begin(), digests.end(),
                                    [](const auto& of_row) { return !of_row.empty(); });
    return first == digests.end() ? nullptr : &*first;
}

void add_rows(const Table& table, std::optional<bool>& same, bool& unknown) {
    for (const Row& row : table.rows) {
        if (row.runs.empty()) continue;
        if (!row.same_bytes) unknown = true;
        if (row.same_bytes) same = same.value_or(true) && *row.same_bytes;
    }
}

}  // namespace

void prove(Table& table, const Digests& digests, const std::string& reference) {
    const auto* const yard = yardstick(table, digests);
    const bool repeats = !reference.empty() && yard != nullptr && all_are(*yard, reference);
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        Row& row = table.rows[i];
        if (digests[i].empty()) continue;
        // the one that differs is the one to look at
        const auto other = std::find_if(digests[i].begin(), digests[i].end(),
                                        [&](const std::string& each) { return each != reference; });
        row.digest = other == digests[i].end() ? reference : *other;
        if (repeats) row.same_bytes = other == digests[i].end();
    }
}

std::optional<bool> same_bytes(const Comparison& comparison) {
    std::optional<bool> same;
    bool unknown = false;
    add_rows(comparison.table, same, unknown);
    for (const Table& table : comparison.matrix)
        add_rows(table, same, unknown);
    if (same == false) return false;
    return unknown ? std::nullopt : same;
}

}  // namespace pipectl::compare
