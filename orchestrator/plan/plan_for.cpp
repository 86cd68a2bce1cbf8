// The plan as a host may see it.

#include <algorithm>
#include <utility>

#include "orchestrator/plan/plan_fields.hpp"
#include "orchestrator/plan/plan_wire.hpp"

namespace pipectl {
namespace {

using What = Descriptor::What;

bool is_end_of_link(const Descriptor& each) {
    return each.what == What::link_writer || each.what == What::link_reader ||
           each.what == What::link_finish;
}

Process far_process(const Process& process) {
    Process far;
    far.name = process.name;
    far.role = process.role;
    far.host = process.host;
    std::ranges::copy_if(process.descriptors, std::back_inserter(far.descriptors), is_end_of_link);
    return far;
}

/// Keeps of a list what is used, and lets each user refer to where that is now.
template <class Item>
void keep_used(std::vector<Item>& items, const std::vector<int*>& users) {
    std::vector<int> now(items.size(), -1);
    std::vector<Item> kept;
    for (int* const user : users) {
        int& place = now[*user];
        if (place < 0) {
            place = static_cast<int>(kept.size());
            kept.push_back(std::move(items[*user]));
        }
        *user = place;
    }
    items = std::move(kept);
}

/// The indices in the descriptor tables that are of these sorts.
std::vector<int*> indices_of(Plan& plan, std::initializer_list<What> sorts) {
    std::vector<int*> indices;
    for (Process& process : plan.processes) {
        for (Descriptor& each : process.descriptors) {
            if (std::ranges::find(sorts, each.what) != sorts.end()) indices.push_back(&each.index);
        }
    }
    return indices;
}

void keep_used_files(Plan& plan) {
    std::vector<int*> inputs = indices_of(plan, {What::input_file});
    for (SharedRegion& region : plan.shared) {
        if (region.init >= 0) inputs.push_back(&region.init);
    }
    keep_used(plan.inputs, inputs);
    keep_used(plan.outputs, indices_of(plan, {What::output_file}));
    keep_used(plan.texts, indices_of(plan, {What::text}));
    std::vector<int> spools(static_cast<std::size_t>(plan.spools));
    keep_used(spools, indices_of(plan, {What::spool_writer, What::spool_reader}));
    plan.spools = static_cast<int>(spools.size());
}

/// Whether a text that a plan has holds a value.
class TextFinder {
  public:
    explicit TextFinder(const std::string& value) : value_(value) {}

    bool found = false;

    template <class Value>
    void look(const Value& of) {
        if constexpr (std::is_same_v<Value, std::string>) {
            found = found || of.find(value_) != std::string::npos;
        } else if constexpr (plan_wire::Listed<Value>) {
            const auto visit = [&](const char* /*name*/, auto member) { look(of.*member); };
            plan_wire::list_members(visit, &of);
        } else if constexpr (requires { of.has_value(); }) {
            if (of) look(*of);
        } else if constexpr (requires { of.first; }) {
            look(of.first);
            look(of.second);
        } else if constexpr (std::is_same_v<Value, job::Job>) {
            look(job::words_of(of));
        } else if constexpr (std::is_same_v<Value, Secrets>) {
            // these are looked for
        } else if constexpr (requires { of.valueless_by_exception(); }) {
            std::visit([&](const auto& each) { look(each); }, of);
        } else if constexpr (requires { of.begin(); }) {
            for (const auto& each : of)
                look(each);
        }
    }

  private:
    const std::string& value_;
};

/// Those that the rest of the plan has, so that its host can mask them.
Secrets secrets_in(const Plan& plan) {
    Secrets kept;
    for (const std::string& value : plan.secrets.values()) {
        TextFinder finder(value);
        finder.look(plan);
        if (finder.found) kept.add(value);
    }
    return kept;
}

}  // namespace

Plan plan_for(const Plan& plan, int host) {
    Plan made = plan;
    if (plan.hosts.empty()) return made;
    for (Process& process : made.processes) {
        if (process.host != host) process = far_process(process);
    }
    const bool has_stages = std::ranges::any_of(made.processes, [&](const Process& process) {
        return process.host == host && process.role == Role::stage;
    });
    if (!has_stages) made.shared.clear();
    keep_used_files(made);
    if (host != 0) {  // a run has its lock and its units where it was started
        made.lock.reset();
        made.semaphores.clear();
        made.streams.clear();
    }
    if (!made.secrets.empty()) made.secrets = secrets_in(made);
    return made;
}

}  // namespace pipectl
