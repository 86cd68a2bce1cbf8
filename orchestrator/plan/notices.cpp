#include "orchestrator/plan/notices.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "stages/base/suggestions.hpp"

namespace pipectl {

void add_notices(const Definition& definition, Plan& plan, Remarks& remarks) {
    const std::vector<Stage>& stages = definition.stages;
    std::unordered_map<std::string_view, int> index;
    std::vector<std::string> names;
    Suggestions suggestions;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        for (const Notice& notice : stages[i].notify) {
            if (index.empty()) {  // most definitions have no notices
                for (std::size_t k = 0; k < stages.size(); ++k) {
                    index.emplace(stages[k].name.value, static_cast<int>(k));
                    names.push_back(stages[k].name.value);
                }
            }
            const std::string& name = notice.stage.value;
            const auto found = index.find(name);
            if (found == index.end()) {
                remarks.error(
                    notice.stage.place,
                    "there is no stage '" + name + "'" + suggestions.did_you_mean(name, names), {},
                    name.size() + kQuotes);
            } else if (found->second == static_cast<int>(i)) {
                remarks.error(notice.stage.place, "stage '" + name + "' is told of itself",
                              "`notify` names another stage", name.size() + kQuotes);
            } else {
                plan.processes[i].notices.push_back(
                    {notice.first_byte, found->second, notice.signal});
            }
        }
    }
}

}  // namespace pipectl
