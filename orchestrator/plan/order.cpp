#include "orchestrator/plan/order.hpp"

#include <string>
#include <string_view>
#include <unordered_map>

#include "stages/base/suggestions.hpp"

namespace pipectl {

std::vector<Precedence> find_order(const Definition& definition, Remarks& remarks) {
    std::unordered_map<std::string_view, int> by_name;
    std::vector<std::string> names;
    Suggestions suggestions;
    std::vector<Precedence> order;
    int index = 0;
    for (const Stage& stage : definition.stages) {
        for (const After& after : stage.after) {
            if (by_name.empty()) {
                for (const Stage& each : definition.stages) {
                    by_name.emplace(each.name.value, static_cast<int>(names.size()));
                    names.push_back(each.name.value);
                }
            }
            const std::string& name = after.stage.value;
            const auto found = by_name.find(name);
            if (found == by_name.end()) {
                remarks.error(
                    after.stage.place,
                    "there is no stage '" + name + "'" + suggestions.did_you_mean(name, names), {},
                    name.size() + kQuotes);
            } else {
                order.push_back(
                    {found->second, index, after.ended, after.stage.place, name.size() + kQuotes});
            }
        }
        ++index;
    }
    return order;
}

bool is_gate(const WiredEdge& edge) {
    return edge.feed != nullptr && (edge.feed->complete || edge.feed->as_file);
}

void note_gates(const Definition& definition, const Wiring& wiring, Remarks& remarks) {
    for (const WiredEdge& edge : wiring.edges) {
        if (!is_gate(edge)) continue;
        remarks.note(edge.place,
                     "a gate: '" + definition.stages[edge.consumer].name.value + "' starts when '" +
                         definition.stages[edge.producer].name.value +
                         "' has ended well, so the two never run at the same time",
                     {}, edge.length);
    }
}

}  // namespace pipectl
