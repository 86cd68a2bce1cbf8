#include "orchestrator/cli/replay_definition.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "orchestrator/definition/template.hpp"
#include "orchestrator/plan/ports.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "orchestrator/plan/wiring.hpp"

namespace pipectl {

namespace {

class ReplayMaker {
  public:
    ReplayMaker(const Definition& whole, const std::vector<bool>& kept,
                const ReplayedOutside& outside, const EdgeCommand& play, const EdgeCommand& compare)
        : whole_(whole), kept_(kept), outside_(outside), play_(play), compare_(compare) {
        Remarks remarks;
        wiring_ = wire(whole, remarks, false);
        for (std::size_t i = 0; i < kept.size(); ++i) {
            if (kept[i]) names_.insert(whole.stages[i].name.value);
        }
    }

    ReplayedPart run() {
        std::vector<Stage> own;
        for (std::size_t i = 0; i < kept_.size(); ++i) {
            if (kept_[i]) own.push_back(reduced(i));
        }
        part_.definition = whole_;
        part_.definition.stages = std::move(players_);
        auto& stages = part_.definition.stages;
        stages.insert(stages.end(), std::make_move_iterator(own.begin()),
                      std::make_move_iterator(own.end()));
        if (compare_) {
            for (std::size_t edge = 0; edge < wiring_.edges.size(); ++edge) {
                const WiredEdge& wired = wiring_.edges[edge];
                if (kept_[wired.producer] && !kept_[wired.consumer]) {
                    stages.push_back(comparer(edge));
                }
            }
            for (const auto& [name, edge] : outside_.to_stdout) {
                if (is_kept(name)) stages.push_back(comparer_of_stdout(name, edge));
            }
        }
        return std::move(part_);
    }

  private:
    [[nodiscard]] bool is_kept(const std::string& name) const {
        for (std::size_t i = 0; i < kept_.size(); ++i) {
            if (kept_[i] && whole_.stages[i].name.value == name) return true;
        }
        return false;
    }

    Stage reduced(std::size_t index) {
        Stage stage = whole_.stages[index];
        if (stage.talks_to && !is_kept(stage.talks_to->stage.value)) stage.talks_to.reset();
        std::erase_if(stage.after, [&](const After& each) { return !is_kept(each.stage.value); });
        std::erase_if(stage.notify, [&](const Notice& each) { return !is_kept(each.stage.value); });
        for (int port = 0; port < input_count(stage); ++port) {
            std::vector<Feed> feeds;
            for (const int edge : wiring_.feeds[index][port]) {
                const WiredEdge& wired = wiring_.edges[edge];
                if (wired.two_way && kept_[wired.producer]) continue;  // `talks-to` says it
                feeds.push_back(feed_of(static_cast<std::size_t>(edge)));
            }
            if (port != kStdinPort) {
                stage.inputs[static_cast<std::size_t>(port) - 1].feeds = std::move(feeds);
            } else {
                stage.from = std::move(feeds);
            }
        }
        keep_stdin(index, stage);
        play_stdin(stage);
        return stage;
    }

    /// What nothing was said about was decided by the stages above.
    void keep_stdin(std::size_t index, Stage& stage) const {
        const bool talks = !wiring_.feeds[index][kStdinPort].empty();
        if (!stage.from.empty() || talks || !std::holds_alternative<std::monostate>(stage.in)) {
            return;
        }
        if (wiring_.stdin_source[index] == StdinSource::null) stage.in = Null{};
        if (wiring_.stdin_source[index] == StdinSource::inherited) stage.in = Inherit{};
    }

    /// What came from pipectl's stdin is played, where it was recorded.
    void play_stdin(Stage& stage) {
        const auto recorded = outside_.from_stdin.find(stage.name.value);
        if (recorded == outside_.from_stdin.end()) return;
        Feed feed;
        feed.stage.value = add_player("stdin", recorded->second);
        feed.port = "stdout";
        stage.in = std::monostate{};
        stage.from = {std::move(feed)};
    }

    Feed feed_of(std::size_t edge) {
        const WiredEdge& wired = wiring_.edges[edge];
        const Stage& producer = whole_.stages[wired.producer];
        Feed feed;
        if (wired.feed != nullptr) feed = *wired.feed;
        feed.stage.value = producer.name.value;
        feed.port = output_name(producer, wired.out_port);
        if (kept_[wired.producer]) return feed;
        feed.stage.value = add_player(producer.name.value, edge);
        feed.port = "stdout";
        return feed;
    }

    /// Returns its name.
    std::string add_player(const std::string& name, std::size_t edge) {
        Stage player;
        player.name.value = unique(name);
        for (std::string& word : play_(edge)) {
            player.run.push_back(literal_template(std::move(word), {}));
        }
        player.in = Null{};
        players_.push_back(std::move(player));
        part_.played.push_back(edge);
        return players_.back().name.value;
    }

    Stage comparer_of_stdout(const std::string& name, std::size_t edge) {
        Stage stage;
        stage.name.value = unique("stdout");
        for (std::string& word : compare_(edge)) {
            stage.run.push_back(literal_template(std::move(word), {}));
        }
        Feed feed;
        feed.stage.value = name;
        feed.port = "stdout";
        stage.from.push_back(std::move(feed));
        part_.compared.push_back(edge);
        return stage;
    }

    Stage comparer(std::size_t edge) {
        const WiredEdge& wired = wiring_.edges[edge];
        const Stage& producer = whole_.stages[wired.producer];
        const Stage& consumer = whole_.stages[wired.consumer];
        Stage stage;
        stage.name.value = unique(consumer.name.value);
        for (std::string& word : compare_(edge)) {
            stage.run.push_back(literal_template(std::move(word), {}));
        }
        Feed feed;
        if (wired.feed != nullptr) feed = *wired.feed;
        feed.stage.value = producer.name.value;
        feed.port = output_name(producer, wired.out_port);
        feed.complete = feed.as_file = false;
        stage.via = consumer.via;
        stage.from.push_back(std::move(feed));
        part_.compared.push_back(edge);
        return stage;
    }

    std::string unique(const std::string& wanted) {
        std::string name = wanted;
        for (int i = 2; !names_.insert(name).second; ++i) {
            name = wanted + "-" + std::to_string(i);
        }
        return name;
    }

    const Definition& whole_;
    const std::vector<bool>& kept_;
    const ReplayedOutside& outside_;
    const EdgeCommand& play_;
    const EdgeCommand& compare_;
    Wiring wiring_;
    std::set<std::string> names_;
    std::vector<Stage> players_;
    ReplayedPart part_;
};

}  // namespace

std::vector<bool> stages_from(const Definition& definition, std::size_t first) {
    Remarks remarks;
    const Wiring wiring = wire(definition, remarks, false);
    std::vector<bool> kept(definition.stages.size(), false);
    kept[first] = true;
    for (bool grown = true; grown;) {
        grown = false;
        for (const WiredEdge& edge : wiring.edges) {
            if (kept[edge.producer] && !kept[edge.consumer]) {
                kept[edge.consumer] = true;
                grown = true;
            }
        }
    }
    return kept;
}

ReplayedPart part_of(const Definition& definition, const std::vector<bool>& kept,
                     const ReplayedOutside& outside, const EdgeCommand& play,
                     const EdgeCommand& compare) {
    return ReplayMaker(definition, kept, outside, play, compare).run();
}

}  // namespace pipectl
