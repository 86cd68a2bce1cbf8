#include "orchestrator/plan/channels.hpp"

#include <cassert>
#include <map>
#include <optional>
#include <utility>

#include "stages/base/text.hpp"

namespace pipectl {
namespace {

class Chooser {
  public:
    Chooser(const Definition& definition, const PlanRequest& request, const Wiring& wiring,
            Remarks& remarks)
        : definition_(definition), request_(request), wiring_(wiring), remarks_(remarks) {}

    std::vector<Channel> run() {
        if (definition_.via) pipeline_ = check_via(*definition_.via, remarks_);
        if (!request_.via.empty()) all_ = check_word(request_.via);
        read_stage_options();
        // of both edges of a pair, the one that stands first in the file too
        for (const Stage& stage : definition_.stages) {
            if (!stage.talks_to || !stage.talks_to->via) continue;
            feed_channel_.emplace(&*stage.talks_to, check_via(*stage.talks_to->via, remarks_));
        }
        std::vector<Channel> chosen;
        chosen.reserve(wiring_.edges.size());
        for (std::size_t i = 0; i < definition_.stages.size(); ++i) {
            choose_for_stage(i, chosen);
        }
        assert(chosen.size() == wiring_.edges.size());
        return chosen;
    }

  private:
    /// A word from the command line.
    Channel check_word(const std::string& word) {
        const Via via = read_via_word(word);
        if (via.channel.value.empty()) {
            remarks_.error({}, "--via '" + word + "' names no channel");
        }
        return check_via(via, remarks_);
    }

    /// What the command line says; where the definition has the same channel anyway its options
    /// stand, but for those that the command line gives.
    static Channel forced_or(const Channel& forced, const Channel& defined) {
        if (forced.kind != defined.kind) return forced;
        Channel both = forced;
        both.settings.insert(defined.settings.begin(), defined.settings.end());
        return both;
    }

    void read_stage_options() {
        if (request_.stage_via.empty()) return;
        std::vector<std::string> names;
        for (const Stage& stage : definition_.stages) {
            names.push_back(stage.name.value);
            stage_index_.emplace(stage.name.value, names.size() - 1);
        }
        for (const auto& [stage, name] : request_.stage_via) {
            const auto found = stage_index_.find(stage);
            if (found == stage_index_.end()) {
                remarks_.error({}, "--via " + stage + "=" + name + ": there is no stage '" + stage +
                                       "'" + did_you_mean(stage, names));
                continue;
            }
            if (!is_fed(found->second)) {
                remarks_.error({},
                               "--via " + stage + "=" + name + ": no stage feeds '" + stage + "'",
                               "a channel is named for the stage that reads from it");
            }
            stage_channel_[found->second] = check_word(name);
        }
    }

    bool is_fed(std::size_t stage) const {
        for (const auto& feeds : wiring_.feeds[stage]) {
            if (!feeds.empty()) return true;
        }
        return false;
    }

    /// Also of feeds that lead nowhere: all errors are shown at once.
    void check_feeds(const std::vector<Feed>& feeds) {
        for (const Feed& feed : feeds) {
            if (feed.via) feed_channel_.emplace(&feed, check_via(*feed.via, remarks_));
        }
    }

    void choose_for_stage(std::size_t index, std::vector<Channel>& chosen) {
        const Stage& stage = definition_.stages[index];
        Channel of_stage = pipeline_ ? *pipeline_ : default_channel();
        if (stage.via) of_stage = check_via(*stage.via, remarks_);
        check_feeds(stage.from);
        for (const InputPort& port : stage.inputs) {
            check_feeds(port.feeds);
        }
        if (!is_fed(index)) {
            warn_of_no_effect(stage);
            return;
        }
        const auto of_command_line = stage_channel_.find(index);
        // edges are sorted by the stage that reads them
        for (; next_ < wiring_.edges.size(); ++next_) {
            const WiredEdge& edge = wiring_.edges[next_];
            if (static_cast<std::size_t>(edge.consumer) != index) break;
            const auto of_feed = feed_channel_.find(edge.feed);
            const Channel& defined = of_feed == feed_channel_.end() ? of_stage : of_feed->second;
            if (of_command_line != stage_channel_.end()) {
                chosen.push_back(forced_or(of_command_line->second, defined));
            } else if (all_) {
                chosen.push_back(forced_or(*all_, defined));
            } else {
                chosen.push_back(defined);
            }
        }
    }

    void warn_of_no_effect(const Stage& stage) {
        if (stage.via && !stage.via->channel.value.empty()) {
            remarks_.warning(stage.via->channel.place,
                             "no stage feeds '" + stage.name.value + "': its `via` has no effect",
                             "`via` names the channel of the edges that feed a stage",
                             stage.via->channel.value.size());
        }
        if (stage.buffer) {
            remarks_.warning(stage.buffer->place, "no stage feeds '" + stage.name.value +
                                                      "': its `buffer` has no effect");
        }
    }

    const Definition& definition_;
    const PlanRequest& request_;
    const Wiring& wiring_;
    Remarks& remarks_;
    std::optional<Channel> pipeline_;
    std::optional<Channel> all_;  ///< --via CHANNEL
    std::unordered_map<std::string, std::size_t> stage_index_;
    std::unordered_map<std::size_t, Channel> stage_channel_;  ///< --via STAGE=CHANNEL
    std::unordered_map<const Feed*, Channel> feed_channel_;
    std::size_t next_ = 0;
};

}  // namespace

std::optional<std::uint64_t> type_of(const Channel& channel) {
    const channel::Option* const option =
        channel.kind == nullptr
            ? nullptr
            : channel::find_option(*channel.kind, channel::OptionRole::readers_type);
    if (option == nullptr || !channel.settings.contains(option->name)) return std::nullopt;
    return channel::number_of(channel.settings, option->name, 0);
}

Channel default_channel() {
    const channel::Kind* pipe = channel::find_kind("pipe");
    assert(pipe != nullptr && pipe->reopenable && !pipe->follower);
    return {pipe, {}};
}

void claim_paths(std::vector<Channel>& channels, const Wiring& wiring, const FileTable& files,
                 Remarks& remarks) {
    std::unordered_map<std::string, Place> claimed;
    for (std::size_t i = 0; i < channels.size(); ++i) {
        const channel::Kind* const kind = channels[i].kind;
        const channel::Option* const option =
            kind == nullptr ? nullptr : channel::find_option(*kind, channel::OptionRole::path);
        if (option == nullptr) continue;
        const auto setting = channels[i].settings.find(option->name);
        if (setting == channels[i].settings.end()) continue;
        auto* path = std::get_if<std::string>(&setting->second);
        if (path == nullptr) continue;
        *path = files.located(*path);
        const auto [first, is_new] = claimed.emplace(*path, wiring.edges[i].place);
        if (is_new) continue;
        remarks.error(wiring.edges[i].place,
                      "two edges would share '" + *path + "', this one and that of line " +
                          std::to_string(first->second.line),
                      "give each its own `path`, or none", wiring.edges[i].length);
    }
}

void claim_types(const std::vector<Channel>& channels, const Wiring& wiring, Remarks& remarks) {
    std::map<std::pair<std::string, std::uint64_t>, Place> claimed;
    for (std::size_t i = 0; i < channels.size(); ++i) {
        const channel::Kind* const kind = channels[i].kind;
        const channel::Option* const shared =
            kind == nullptr ? nullptr
                            : channel::find_option(*kind, channel::OptionRole::shared_object);
        const std::string queue =
            shared == nullptr ? "" : channel::text_of(channels[i].settings, shared->name, "");
        if (queue.empty()) continue;
        const std::uint64_t type = type_of(channels[i]).value_or(1);
        const auto [first, is_new] = claimed.try_emplace({queue, type}, wiring.edges[i].place);
        if (is_new) continue;
        remarks.error(wiring.edges[i].place,
                      "two edges take type " + std::to_string(type) + " from queue '" + queue +
                          "', this one and that of line " + std::to_string(first->second.line),
                      "give each a `type` of its own", wiring.edges[i].length);
    }
}

std::vector<Channel> choose_channels(const Definition& definition, const PlanRequest& request,
                                     const Wiring& wiring, Remarks& remarks) {
    return Chooser(definition, request, wiring, remarks).run();
}

}  // namespace pipectl
