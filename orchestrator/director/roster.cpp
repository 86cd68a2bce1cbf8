#include "orchestrator/director/roster.hpp"

namespace pipectl {

Roster::Roster(const Plan& what, int on_host)
    : plan(what), here(on_host), entries(what.processes.size()) {
    for (std::size_t i = 0; i < plan.links.size(); ++i) {
        of(plan.links[i].writer).writes.push_back(static_cast<int>(i));
        of(plan.links[i].reader).reads.push_back(static_cast<int>(i));
    }
    for (std::size_t i = 0; i < plan.processes.size(); ++i) {
        for (const Predecessor& before : plan.processes[i].after) {
            of(before.process).followers.push_back({static_cast<int>(i), before.ended});
            ++entries[i].awaited;
        }
        for (const Descriptor& descriptor : plan.processes[i].descriptors) {
            using What = Descriptor::What;
            if (descriptor.what == What::inherited && descriptor.index == 1) {
                entries[i].writes_outside = true;
            }
            if (descriptor.what == What::output_file && descriptor.number != 2) {
                entries[i].writes_files = true;
            }
            if (descriptor.what == What::link_writer && descriptor.number != 2) {
                entries[i].data.push_back(descriptor.index);
            }
        }
        if (entries[i].data.empty() && !entries[i].writes_outside && !entries[i].writes_files) {
            entries[i].data = entries[i].writes;
        }
    }
}

}  // namespace pipectl
