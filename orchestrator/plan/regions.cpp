#include "orchestrator/plan/regions.hpp"

#include <algorithm>
#include <cstddef>

namespace pipectl {

void add_regions(const Definition& definition, const Resolver& resolver, FileTable& files, int host,
                 Plan& plan) {
    for (const SharedMemory& memory : definition.shared) {
        SharedRegion region;
        region.name = memory.name.value;
        region.kind = static_cast<SharedRegion::Kind>(memory.kind);
        region.size = memory.size;
        region.place = memory.name.place;
        if (memory.init) {
            region.init = files.add_input(resolver.public_text(*memory.init, nullptr),
                                          memory.init->place, host);
        }
        plan.shared.push_back(std::move(region));
    }
}

void note_regions(const ResolvedText& text, int word, const std::string& variable, const Plan& plan,
                  Process& process) {
    // from the right: what is put in there first moves nothing that comes later
    for (auto each = text.regions.rbegin(); each != text.regions.rend(); ++each) {
        if (each->second.empty()) {
            process.region_words.push_back({word, variable, each->first, kReplicaNumber});
            continue;
        }
        const auto region =
            std::find_if(plan.shared.begin(), plan.shared.end(),
                         [&](const SharedRegion& one) { return one.name == each->second; });
        if (region == plan.shared.end()) continue;  // the parser has said so
        process.region_words.push_back(
            {word, variable, each->first, static_cast<int>(region - plan.shared.begin())});
    }
}

}  // namespace pipectl
