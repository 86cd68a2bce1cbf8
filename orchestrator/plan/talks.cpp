#include "orchestrator/plan/talks.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "stages/base/suggestions.hpp"

namespace pipectl {
namespace {

class TalkFinder {
  public:
    TalkFinder(const Definition& definition, Remarks& remarks)
        : stages_(definition.stages), remarks_(remarks) {}

    Talks run() {
        for (std::size_t i = 0; i < stages_.size(); ++i) {
            if (stages_[i].talks_to) pair(static_cast<int>(i), *stages_[i].talks_to);
        }
        return std::move(talks_);
    }

  private:
    void pair(int asks, const Feed& talk) {
        if (talks_.with.empty()) talks_.with.assign(stages_.size(), -1);
        const std::string& name = talk.stage.value;
        const std::string& own = stages_[asks].name.value;
        const int answers = find(talk);
        if (answers < 0) return;
        if (answers == asks) {
            error(talk, "stage '" + own + "' talks to itself",
                  "it names another stage, whose stdin and stdout are connected to its own");
            return;
        }
        for (const int each : {asks, answers}) {
            if (const int other = talks_.with[each]; other >= 0) {
                error(talk,
                      "stage '" + stages_[each].name.value + "' and stage '" +
                          stages_[other].name.value + "' talk to each other already",
                      "a stage has one stdin and one stdout: it talks to one other");
                return;
            }
        }
        talks_.with[asks] = answers;
        talks_.with[answers] = asks;
        refuse_others(stages_[asks], name);
        refuse_others(stages_[answers], own);
    }

    int find(const Feed& talk) {
        const std::string& name = talk.stage.value;
        if (index_.empty()) {
            for (std::size_t i = 0; i < stages_.size(); ++i) {
                index_.emplace(stages_[i].name.value, static_cast<int>(i));
                names_.push_back(stages_[i].name.value);
            }
        }
        const auto found = index_.find(name);
        if (found != index_.end()) return found->second;
        error(talk, "there is no stage '" + name + "'" + suggestions_.did_you_mean(name, names_),
              {});
        return -1;
    }

    /// Both ends are taken by the two-way edge.
    void refuse_others(const Stage& stage, const std::string& other) {
        const auto refuse = [&](std::string_view key, Place place, const char* hint) {
            remarks_.error(place,
                           "stage '" + stage.name.value + "' has a two-way edge with '" + other +
                               "', and `" + std::string(key) + "` as well",
                           hint, 1);
        };
        constexpr const char* kIn =
            "its stdin is the edge; what else it reads is a named port: inputs = { NAME = .. }";
        constexpr const char* kOut =
            "its stdout is the edge; what else it writes is a named port (`outputs`), or `stderr`";
        if (stage.from_place.known()) refuse("from", stage.from_place, kIn);
        if (stage.in_place.known()) refuse("stdin", stage.in_place, kIn);
        if (stage.out_place.known()) refuse("stdout", stage.out_place, kOut);
    }

    void error(const Feed& talk, const std::string& message, const char* hint) {
        remarks_.error(talk.stage.place, message, hint == nullptr ? "" : hint,
                       talk.stage.value.size() + kQuotes);
    }

    const std::vector<Stage>& stages_;
    Remarks& remarks_;
    Talks talks_;
    std::unordered_map<std::string_view, int> index_;
    std::vector<std::string> names_;
    Suggestions suggestions_;
};

}  // namespace

Talks find_talks(const Definition& definition, Remarks& remarks) {
    return TalkFinder(definition, remarks).run();
}

}  // namespace pipectl
