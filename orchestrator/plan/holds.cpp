#include "orchestrator/plan/holds.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "orchestrator/plan/order.hpp"
#include "stages/base/sentence.hpp"
#include "stages/base/suggestions.hpp"

namespace pipectl {
namespace {

/// A lock is as a semaphore of this many units, all of which an exclusive holder needs.
constexpr std::int64_t kAllOfALock = std::numeric_limits<int>::max();

/// One semaphore or lock, and who wants how much of it.
struct Wanted {
    std::string name;  ///< for people: "semaphore 'gpu'", "lock 'f.lock'"
    std::int64_t units = 0;
    struct By {
        int stage;
        std::int64_t units;
        Place place;
        std::size_t length;
    };
    std::vector<By> by;
};

class HoldsPlanner {
  public:
    HoldsPlanner(const Definition& definition, const Wiring& wiring, const Resolver& resolver,
                 const FileTable& files, Plan& plan, Remarks& remarks)
        : definition_(definition),
          wiring_(wiring),
          resolver_(resolver),
          files_(files),
          plan_(plan),
          remarks_(remarks) {}

    std::vector<Contenders> run() {
        add_semaphores();
        if (definition_.lock) {
            plan_.lock = lock_of(*definition_.lock, nullptr);
            if (!plan_.lock->wait) plan_.lock->wait = definition_.lock_wait;
        }
        for (std::size_t i = 0; i < definition_.stages.size(); ++i) {
            const Stage& stage = definition_.stages[i];
            for (const Need& need : stage.needs) {
                add_need(static_cast<int>(i), need);
            }
            if (stage.lock) add_lock(static_cast<int>(i), stage);
        }
        std::vector<Contenders> contenders;
        for (const Wanted& wanted : wanted_) {
            if (!is_short(wanted)) continue;
            refuse_waits_on_one_way(wanted);
            refuse_waits_on_an_order(wanted);
            contenders.emplace_back();
            for (const Wanted::By& by : wanted.by) {
                contenders.back().push_back(by.stage);
            }
        }
        return contenders;
    }

  private:
    void add_semaphores() {
        for (const Semaphore& each : definition_.semaphores) {
            by_name_.emplace(each.name.value, static_cast<int>(plan_.semaphores.size()));
            names_.push_back(each.name.value);
            plan_.semaphores.push_back(
                {each.name.value, static_cast<int>(each.count), each.of_user, each.key});
            wanted_.push_back({"semaphore '" + each.name.value + "'", each.count, {}});
        }
    }

    void add_need(int stage, const Need& need) {
        const std::string& name = need.name.value;
        const std::size_t length = name.size();
        const auto found = by_name_.find(name);
        if (found == by_name_.end()) {
            remarks_.error(
                need.name.place,
                "there is no semaphore '" + name + "'" + suggestions_.did_you_mean(name, names_),
                names_.empty() ? "[semaphores] says how many units there are: " + name + " = 1"
                               : "",
                length);
            return;
        }
        Wanted& wanted = wanted_[found->second];
        if (need.count > wanted.units) {
            remarks_.error(need.name.place,
                           filled("stage '{}' needs {} units of {}, which has {}: it could never "
                                  "start",
                                  name_of(stage), need.count, wanted.name, wanted.units),
                           {}, length);
            return;
        }
        plan_.processes[stage].needs.push_back({found->second, static_cast<int>(need.count)});
        wanted.by.push_back({stage, need.count, need.name.place, length});
    }

    [[nodiscard]] int host_of(const Stage& stage) const {
        return plan_.processes[static_cast<std::size_t>(&stage - definition_.stages.data())].host;
    }

    LockWanted lock_of(const Lock& lock, const Stage* stage) const {
        const int host = stage == nullptr ? 0 : host_of(*stage);
        return {files_.located(resolver_.public_text(lock.file, stage), host), lock.shared,
                lock.wait, lock.file.place};
    }

    void add_lock(int index, const Stage& stage) {
        LockWanted lock = lock_of(*stage.lock, &stage);
        if (plan_.lock && plan_.lock->path == lock.path && !(plan_.lock->shared && lock.shared)) {
            remarks_.error(lock.place,
                           "the run itself holds lock '" + lock.path + "', so stage '" +
                               stage.name.value + "' could never have it",
                           "leave one of the two out");
        }
        const auto [entry, fresh] = locks_.emplace(lock.path, wanted_.size());
        if (fresh) wanted_.push_back({"lock '" + lock.path + "'", kAllOfALock, {}});
        wanted_[entry->second].by.push_back(
            {index, lock.shared ? 1 : kAllOfALock, lock.place, lock.path.size() + kQuotes});
        plan_.processes[index].lock = std::move(lock);
    }

    /// Not all can have what they want at the same time.
    static bool is_short(const Wanted& wanted) {
        std::int64_t sum = 0;
        for (const Wanted::By& by : wanted.by) {
            sum += by.units;
        }
        return sum > wanted.units;
    }

    /// A stage and all that feed it run at the same time. In the order of the ways, each stage's
    /// sum is what the costliest way to it takes.
    void refuse_waits_on_one_way(const Wanted& wanted) {
        std::vector<std::int64_t> own(definition_.stages.size(), 0);
        for (const Wanted::By& by : wanted.by) {
            own[by.stage] = by.units;
        }
        const std::vector<int> order = stages_in_order();
        std::vector<std::int64_t> sum = own;
        std::vector<int> before(own.size(), -1);  ///< the nearest on that way that holds any
        for (const int stage : order) {
            for (const auto& port : wiring_.feeds[stage]) {
                for (const int edge : port) {
                    if (is_gate(wiring_.edges[edge]) || wiring_.edges[edge].back) continue;
                    const int writer = wiring_.edges[edge].producer;
                    if (sum[writer] + own[stage] <= sum[stage]) continue;
                    sum[stage] = sum[writer] + own[stage];
                    before[stage] = own[writer] > 0 ? writer : before[writer];
                }
            }
        }
        for (const Wanted::By& by : wanted.by) {
            if (before[by.stage] < 0 || sum[by.stage] <= wanted.units) continue;
            remarks_.error(by.place,
                           filled("stage '{}' would wait for {}, which '{}' holds while it feeds "
                                  "it: neither could go on",
                                  name_of(by.stage), wanted.name, name_of(before[by.stage])),
                           "a gate between them lets one end before the other starts: from = { "
                           "stage = \"..\", when = \"complete\" }",
                           by.length);
            return;
        }
    }

    /// What holds some from its start on, and reads what comes only when another one has ended that
    /// needs some too, waits for ever when it was the first to get it.
    void refuse_waits_on_an_order(const Wanted& wanted) {
        for (const Wanted::By& holder : wanted.by) {
            const std::vector<bool> beside = reached({holder.stage}, false);
            std::vector<int> first;  // those that have to end before one of these starts
            for (std::size_t i = 0; i < beside.size(); ++i) {
                if (!beside[i] || static_cast<int>(i) == holder.stage) continue;
                const std::vector<int> before = starts_after(static_cast<int>(i));
                first.insert(first.end(), before.begin(), before.end());
            }
            const std::vector<bool> awaited = reached(first, true);
            const auto other = std::ranges::find_if(wanted.by, [&](const Wanted::By& by) {
                return by.stage != holder.stage && awaited[by.stage] &&
                       by.units + holder.units > wanted.units;
            });
            if (other == wanted.by.end()) continue;
            remarks_.error(holder.place,
                           filled("stage '{}' may hold {} and wait for data that comes when '{}' "
                                  "has ended, which needs it: neither could go on",
                                  name_of(holder.stage), wanted.name, name_of(other->stage)),
                           "let it start later, by a gate on what it reads, or after = [\"" +
                               name_of(other->stage) + "\"]",
                           holder.length);
            return;
        }
    }

    /// The stages that have to end before this one starts.
    [[nodiscard]] std::vector<int> starts_after(int stage) const {
        std::vector<int> before;
        for (const Predecessor& each : plan_.processes[stage].after) {
            before.push_back(each.process);
        }
        for (const auto& port : wiring_.feeds[stage]) {
            for (const int edge : port) {
                if (is_gate(wiring_.edges[edge])) before.push_back(wiring_.edges[edge].producer);
            }
        }
        return before;
    }

    /// Those, and all whose data they wait for; with `ended` also those that end before them.
    [[nodiscard]] std::vector<bool> reached(std::vector<int> open, bool ended) const {
        std::vector<bool> seen(definition_.stages.size(), false);
        while (!open.empty()) {
            const int stage = open.back();
            open.pop_back();
            if (seen[stage]) continue;
            seen[stage] = true;
            for (const auto& port : wiring_.feeds[stage]) {
                for (const int edge : port) {
                    if (!is_gate(wiring_.edges[edge])) open.push_back(wiring_.edges[edge].producer);
                }
            }
            if (!ended) continue;
            const std::vector<int> before = starts_after(stage);
            open.insert(open.end(), before.begin(), before.end());
        }
        return seen;
    }

    /// Writers before their readers; what lies on a circle, which is an error, is left out.
    const std::vector<int>& stages_in_order() {
        if (!order_.empty()) return order_;
        std::vector<int> open(definition_.stages.size(), 0);
        for (const WiredEdge& edge : wiring_.edges) {
            open[edge.consumer] += edge.back ? 0 : 1;
        }
        for (std::size_t i = 0; i < open.size(); ++i) {
            if (open[i] == 0) order_.push_back(static_cast<int>(i));
        }
        for (std::size_t i = 0; i < order_.size(); ++i) {
            for (const auto& port : wiring_.readers[order_[i]]) {
                for (const int edge : port) {
                    if (wiring_.edges[edge].back) continue;
                    const int reader = wiring_.edges[edge].consumer;
                    if (--open[reader] == 0) order_.push_back(reader);
                }
            }
        }
        return order_;
    }

    [[nodiscard]] const std::string& name_of(int stage) const {
        return definition_.stages[stage].name.value;
    }

    const Definition& definition_;
    const Wiring& wiring_;
    const Resolver& resolver_;
    const FileTable& files_;
    Plan& plan_;
    Remarks& remarks_;
    std::vector<Wanted> wanted_;  ///< the semaphores, then the locks
    std::unordered_map<std::string_view, int> by_name_;
    std::vector<std::string> names_;
    std::map<std::string, std::size_t> locks_;
    std::vector<int> order_;
    Suggestions suggestions_;
};

}  // namespace

std::vector<Contenders> plan_holds(const Definition& definition, const Wiring& wiring,
                                   const Resolver& resolver, const FileTable& files, Plan& plan,
                                   Remarks& remarks) {
    const bool any =
        definition.lock || !definition.semaphores.empty() ||
        std::any_of(definition.stages.begin(), definition.stages.end(),
                    [](const Stage& stage) { return stage.lock || !stage.needs.empty(); });
    if (!any) return {};
    return HoldsPlanner(definition, wiring, resolver, files, plan, remarks).run();
}

}  // namespace pipectl
