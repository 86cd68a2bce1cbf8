#pragma once

// The items of a [for-each]: every combination of its variables' values, the last variable varying
// fastest.
//
// Values are kept by variable, so that a million items cost no more than what they are made of.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/make_plan.hpp"

namespace pipectl {

using ItemValues = std::vector<std::pair<std::string, std::string>>;

struct Items {
    std::vector<std::string> names;                ///< of the variables
    std::vector<std::vector<std::string>> values;  ///< of each of them
    std::vector<std::string> sources;              ///< for people: "pattern 'in/*.log'"

    [[nodiscard]] std::size_t count() const;
    [[nodiscard]] ItemValues at(std::size_t index) const;
    /// "file=in/a.log level=9", with what needs quotes in quotes.
    [[nodiscard]] std::string label(std::size_t index) const;
};

/// Looks for the values: files that match, lines of a file, a parameter. `--set` of a variable
/// gives its values instead; these settings are taken out of the request. What is wrong goes to
/// `diagnostics`. The definition has a [for-each].
Items find_items(const Definition& definition, PlanRequest& request,
                 std::vector<Diagnostic>& diagnostics);

/// Files that more than one of the items would write, or that one reads and another one replaces.
void refuse_shared_files(const Definition& definition, const PlanRequest& request,
                         const Items& items, std::vector<Diagnostic>& diagnostics);

}  // namespace pipectl
