#include "orchestrator/report/bottleneck.hpp"

#include <algorithm>
#include <cmath>
#include <queue>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "orchestrator/report/suggestion.hpp"
#include "orchestrator/report/wording.hpp"
#include "stages/base/sentence.hpp"

namespace pipectl {
namespace {

/// With fewer looks a share is a guess.
constexpr int kFewestSamples = 2;
constexpr double kShortestRun = 0.05;  // seconds
/// Who spent less of the run on itself did not decide how long it took.
constexpr double kLeastShare = 0.5;
/// Two stages that are this near to each other share the blame.
constexpr double kLead = 0.1;

double own_time(const Account& account) {
    return account.running_s + account.disk_s + account.sleeping_s;
}

std::string percent(double share) {
    return std::to_string(std::lround(100 * std::clamp(share, 0.0, 1.0))) + " %";
}

class Search {
  public:
    explicit Search(const Summary& summary)
        : summary_(summary), readers_(summary.stages.size()), writers_(summary.stages.size()) {
        std::unordered_map<std::string_view, std::size_t> by_name;
        for (std::size_t i = 0; i < summary.stages.size(); ++i) {
            by_name.emplace(summary.stages[i].name, i);
        }
        const auto stage_of = [&](std::string_view port) {
            const auto found = by_name.find(port.substr(0, port.rfind('.')));
            return found == by_name.end() ? summary.stages.size() : found->second;
        };
        for (const EdgeSummary& edge : summary.edges) {
            const std::size_t from = stage_of(edge.from);
            const std::size_t to = stage_of(edge.to);
            if (from < readers_.size() && to < writers_.size()) {
                readers_[from].push_back(to);
                writers_[to].push_back(from);
            }
        }
    }

    [[nodiscard]] std::optional<Bottleneck> find() const {
        if (!summary_.end || summary_.wall_s < kShortestRun) {
            return std::nullopt;
        }
        if (auto inside = inside_the_pipeline()) {
            return inside;
        }
        auto units = waiting_for_units();
        return units ? units : outside();
    }

  private:
    using Neighbours = std::vector<std::vector<std::size_t>>;

    [[nodiscard]] const Account* account_of(std::size_t stage) const {
        const auto& account = summary_.stages[stage].account;
        return account && account->samples >= kFewestSamples ? &*account : nullptr;
    }

    [[nodiscard]] std::optional<Bottleneck> inside_the_pipeline() const {
        std::optional<std::size_t> most;
        double best = 0;
        double second = 0;
        for (std::size_t i = 0; i < summary_.stages.size(); ++i) {
            const Account* const account = account_of(i);
            const double own = account != nullptr ? own_time(*account) / summary_.wall_s : 0;
            if (own > best) {
                second = best;
                best = own;
                most = i;
            } else {
                second = std::max(second, own);
            }
        }
        if (!most || best < kLeastShare || best - second < kLead) {
            return std::nullopt;
        }
        const StageSummary& stage = summary_.stages[*most];
        const Account& account = *stage.account;
        Bottleneck found;
        found.stage = static_cast<int>(*most);
        found.reason = (stage.helper ? "the helper '" : "'") + one_line(stage.name) + "' " +
                       what_it_did(account) + waits_of_others(*most);
        found.suggestion = suggestion_for(stage, mostly(account));
        return found;
    }

    [[nodiscard]] static OwnTime mostly(const Account& account) {
        if (account.running_s >= account.disk_s && account.running_s >= account.sleeping_s) {
            return OwnTime::running;
        }
        return account.disk_s >= account.sleeping_s ? OwnTime::disk : OwnTime::sleeping;
    }

    /// "was running 94 % of the time"; what took less than a tenth is left out.
    [[nodiscard]] std::string what_it_did(const Account& account) const {
        struct Part {
            double time_s;
            const char* words;
        };
        std::vector<Part> parts = {{account.running_s, "running"},
                                   {account.disk_s, "waiting for a disk"},
                                   {account.sleeping_s, "asleep"}};
        std::ranges::sort(parts, std::greater<>(), &Part::time_s);
        std::string text = filled("was {} {} of the time", parts[0].words,
                                  percent(parts[0].time_s / summary_.wall_s));
        for (std::size_t i = 1; i < parts.size(); ++i) {
            const double share = parts[i].time_s / summary_.wall_s;
            if (share >= kLead) {
                text += filled(" and {} {}", parts[i].words, percent(share));
            }
        }
        return text;
    }

    [[nodiscard]] std::string waits_of_others(std::size_t stage) const {
        std::string text;
        const auto add = [&](const Neighbours& neighbours, double Account::*wait, const char* where,
                             const char* what) {
            const std::vector<std::size_t> others = reached(stage, neighbours);
            double waited = 0;
            double lived = 0;
            for (const std::size_t other : others) {
                if (const Account* const account = account_of(other)) {
                    waited += account->*wait;
                    lived += summary_.stages[other].end_s.value_or(summary_.wall_s) -
                             summary_.stages[other].start_s.value_or(0);
                }
            }
            if (lived > 0) {
                const std::string who =
                    others.size() == 1 ? "stage" : filled("{} stages", others.size());
                text += text.empty() ? "; " : ", ";
                text += filled("the {} {} it waited {} for {}", who, where, percent(waited / lived),
                               what);
            }
        };
        add(writers_, &Account::output_s, "before", "room");
        add(readers_, &Account::input_s, "after", "data");
        return text;
    }

    /// All stages that can be reached from one, itself left out.
    [[nodiscard]] static std::vector<std::size_t> reached(std::size_t stage,
                                                          const Neighbours& neighbours) {
        std::vector<bool> seen(neighbours.size(), false);
        std::vector<std::size_t> found;
        std::queue<std::size_t> open;
        seen[stage] = true;
        open.push(stage);
        while (!open.empty()) {
            for (const std::size_t next : neighbours[open.front()]) {
                if (!seen[next]) {
                    seen[next] = true;
                    found.push_back(next);
                    open.push(next);
                }
            }
            open.pop();
        }
        return found;
    }

    /// What it needed was held by somebody else, of this run or not.
    [[nodiscard]] std::optional<Bottleneck> waiting_for_units() const {
        std::optional<std::size_t> longest;
        double most_s = kLeastShare * summary_.wall_s;
        for (std::size_t i = 0; i < summary_.stages.size(); ++i) {
            const StageSummary& stage = summary_.stages[i];
            if (!stage.waits_from_s) continue;
            const double waited_s = stage.start_s.value_or(summary_.wall_s) - *stage.waits_from_s;
            if (waited_s >= most_s) {
                longest = i;
                most_s = waited_s;
            }
        }
        if (!longest) {
            return std::nullopt;
        }
        const StageSummary& stage = summary_.stages[*longest];
        return Bottleneck{static_cast<int>(*longest),
                          filled("'{}' waited {} of the time for {}", one_line(stage.name),
                                 percent(most_s / summary_.wall_s), one_line(stage.waited_for)),
                          "whoever holds it decides: see `pipectl ipc ls`, `pipectl ps`"};
    }

    /// The pipeline's own ends: a stage that reads no other's output, one that nobody here reads.
    [[nodiscard]] std::optional<Bottleneck> outside() const {
        for (std::size_t i = 0; i < summary_.stages.size(); ++i) {
            const Account* const account = account_of(i);
            const StageSummary& stage = summary_.stages[i];
            if (account == nullptr || stage.helper) {
                continue;
            }
            const double in = account->input_s / summary_.wall_s;
            const double out = account->output_s / summary_.wall_s;
            const std::string name = one_line(stage.name);
            if (writers_[i].empty() && in >= kLeastShare) {
                const std::string reason =
                    filled("'{}' waited {} of the time for input from outside of the pipeline",
                           name, percent(in));
                return Bottleneck{static_cast<int>(i), reason,
                                  "what feeds the pipeline is slower than the pipeline"};
            }
            if (readers_[i].empty() && out >= kLeastShare) {
                const std::string reason =
                    filled("'{}' waited {} of the time for whoever reads the pipeline's output",
                           name, percent(out));
                return Bottleneck{static_cast<int>(i), reason,
                                  "what reads it is slower than the pipeline"};
            }
        }
        return std::nullopt;
    }

    const Summary& summary_;
    Neighbours readers_, writers_;
};

}  // namespace

std::optional<Bottleneck> find_bottleneck(const Summary& summary) {
    return Search(summary).find();
}

}  // namespace pipectl
