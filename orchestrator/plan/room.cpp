#include "orchestrator/plan/room.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/plan/diamond.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"

namespace pipectl {
namespace {

class RoomMaker {
  public:
    RoomMaker(std::vector<Conduit>& conduits, Network& network, Remarks& remarks)
        : conduits_(conduits), network_(network), remarks_(remarks) {}

    void run(int processes, const std::vector<Contenders>& contenders) {
        std::vector<Arc> arcs;
        arcs.reserve(conduits_.size());
        int nodes = processes;
        for (const Conduit& conduit : conduits_) {
            if (conduit.back) {
                // between nodes of its own: a question and its answer are no ways that meet
                arcs.push_back({nodes, nodes + 1});
                nodes += 2;
            } else {
                arcs.push_back({conduit.writer.process, conduit.reader.process});
            }
        }
        // who starts after another waits for its end as for its data
        for (int process = 0; process < processes; ++process) {
            for (const Predecessor& before : network_.process(process).after) {
                arcs.push_back({before.process, process});
            }
        }
        // who waits for units or a lock waits for the end of whoever holds them, and that may be
        // any
        for (const Contenders& group : contenders) {
            for (const int stage : group) {
                arcs.push_back({stage, nodes});
                arcs.push_back({nodes, stage});
            }
            ++nodes;
        }
        component_ = biconnected_components(nodes, arcs);
        const auto needs = arcs_that_need_room(nodes, arcs, component_);
        if (std::find(needs.begin(), needs.end(), true) == needs.end()) return;

        members_.resize(arcs.size());
        meeting_points_.resize(arcs.size());
        stages_.resize(arcs.size());
        std::vector<std::vector<std::size_t>> leaving(static_cast<std::size_t>(processes));
        for (std::size_t i = 0; i < arcs.size(); ++i) {
            const bool stands_for_a_wait = arcs[i].from >= processes || arcs[i].to >= processes;
            if (!stands_for_a_wait) members_[component_[i]].push_back(arcs[i]);
            if (i < conduits_.size()) leaving[conduits_[i].writer.process].push_back(i);
        }
        // copiers first: what feeds one that never waits for room needs none itself
        never_waits_.assign(leaving.size(), false);
        for (const bool copiers : {true, false}) {
            for (std::size_t process = 0; process < leaving.size(); ++process) {
                if (is_copier(static_cast<int>(process)) != copiers) continue;
                give_room(static_cast<int>(process), leaving[process], needs);
            }
        }
    }

  private:
    bool is_copier(int process) const {
        return network_.process(process).does<job::Copy>() != nullptr;
    }

    /// Never full, whatever the reader does.
    bool has_room(const Conduit& conduit) const {
        return conduit.gate || conduit.channel.kind->follower ||
               never_waits_[conduit.reader.process] ||
               (conduit.buffer != nullptr && conduit.buffer->kind == Buffer::Kind::spill);
    }

    void give_room(int process, const std::vector<std::size_t>& leaving,
                   const std::vector<bool>& needs) {
        std::vector<std::size_t> wanting;
        std::size_t roomy = 0;
        bool users = false;  // some have a buffer of the user's
        for (const std::size_t i : leaving) {
            const Conduit& conduit = conduits_[i];
            users = users || conduit.buffer != nullptr;
            if (has_room(conduit)) {
                ++roomy;
            } else if (needs[i] && conduit.buffer == nullptr) {
                wanting.push_back(i);
            } else if (needs[i]) {
                warn(conduit, static_cast<std::size_t>(component_[i]));
            }
        }
        if (wanting.empty() && roomy < leaving.size()) return;
        never_waits_[process] = is_copier(process) && wanting.size() + roomy == leaving.size();
        if (wanting.empty()) return;
        const std::string memory = format_size(kSpillMemory) + " in memory, then disk";
        // a copier buffers by itself, for each reader apart, unless one has a buffer of its own or
        // is to hold the copier back
        if (never_waits_[process] && !users) {
            network_.process(process).job = copy_with_room(nullptr);
            network_.process(process).reason +=
                "; " + meeting(process, static_cast<std::size_t>(component_[wanting.front()])) +
                ": a spill buffer for each, " + memory;
            return;
        }
        for (const std::size_t i : wanting) {
            conduits_[i].spill_reason = meeting(process, static_cast<std::size_t>(component_[i])) +
                                        ": spill buffer, " + memory;
        }
    }

    std::string owner_name(int process) const {
        return network_.process(network_.owner_of(process)).name;
    }

    /// "copies of 'read' meet again at 'join'"
    std::string meeting(int process, std::size_t component) {
        std::string what = "outputs of '";
        const auto& job = network_.process(process).job;
        if (is_copier(process)) what = "copies of '";
        if (job && job::shares_lines(*job)) what = "lines of '";
        return what + owner_name(process) + "' meet again at " + meeting_points(component);
    }

    /// The stages in which ways that parted come together. Found once for a component: it may be
    /// the whole pipeline, and many of its processes ask.
    const std::string& meeting_points(std::size_t component) {
        std::string& points = meeting_points_[component];
        if (!points.empty()) return points;
        std::vector<int> readers;
        for (const Arc& arc : members_[component]) {
            readers.push_back(arc.to);
        }
        std::sort(readers.begin(), readers.end());
        std::set<int> owners;
        for (std::size_t i = 1; i < readers.size(); ++i) {
            if (readers[i] == readers[i - 1]) owners.insert(network_.owner_of(readers[i]));
        }
        points = names_of(owners);
        return points;
    }

    /// All stages of a component; found once, as above.
    const std::string& stages_of(std::size_t component) {
        std::string& names = stages_[component];
        if (!names.empty()) return names;
        std::set<int> stages;
        for (const Arc& arc : members_[component]) {
            stages.insert(network_.owner_of(arc.from));
            stages.insert(network_.owner_of(arc.to));
        }
        names = names_of(stages);
        return names;
    }

    std::string names_of(const std::set<int>& processes) const {
        std::vector<std::string> names;
        for (const int each : processes) {
            names.push_back(network_.process(each).name);
        }
        return quoted_list(names, kNamesInReason);
    }

    void warn(const Conduit& conduit, std::size_t component) {
        const Buffer& buffer = *conduit.buffer;
        // once for a buffer, however many conduits it stands for
        if (!warned_.insert(&buffer).second) return;
        const std::string room = buffer.kind == Buffer::Kind::none
                                     ? "no buffer"
                                     : "a buffer of only " + format_size(buffer.room);
        remarks_.warning(buffer.place,
                         "stages " + stages_of(component) + " can lock up: the ways from '" +
                             owner_name(conduit.writer.process) + "' meet again at " +
                             meeting_points(component) + ", and there is " + room + " before '" +
                             owner_name(conduit.reader.process) + "'",
                         "leave `buffer` out, or make it \"spill\"");
    }

    std::vector<Conduit>& conduits_;
    Network& network_;
    Remarks& remarks_;
    std::vector<int> component_;               ///< [conduit]
    std::vector<std::vector<Arc>> members_;    ///< [component]
    std::vector<std::string> meeting_points_;  ///< [component]
    std::vector<std::string> stages_;          ///< [component]
    std::vector<bool> never_waits_;  ///< [process]: copiers all of whose conduits have room
    std::set<const Buffer*> warned_;
};

}  // namespace

void make_room(std::vector<Conduit>& conduits, int processes,
               const std::vector<Contenders>& contenders, Network& network, Remarks& remarks) {
    RoomMaker(conduits, network, remarks).run(processes, contenders);
}

job::Copy copy_with_room(const Buffer* buffer) {
    job::Copy copy;
    if (buffer != nullptr && buffer->kind == Buffer::Kind::bounded) {
        copy.room = buffer->room;
        return copy;
    }
    copy.memory = buffer != nullptr ? buffer->memory.value_or(kSpillMemory) : kSpillMemory;
    copy.disk = buffer != nullptr ? buffer->disk : std::nullopt;
    return copy;
}

}  // namespace pipectl
