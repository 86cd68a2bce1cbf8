#include "orchestrator/cache/choice.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

#include "orchestrator/cache/stand_ins.hpp"
#include "orchestrator/plan/cacheable.hpp"
#include "orchestrator/plan/ports.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "orchestrator/plan/wiring.hpp"
#include "stages/base/digest.hpp"
#include "stages/base/error.hpp"

namespace pipectl {
namespace {

/// An entry that can be played.
struct Hit {
    Fd file;
    channel::StreamHead head;
    std::string entry;               ///< its name
    const LeftStream* of = nullptr;  ///< of the run that is resumed; null: of the cache
};

bool leaves(const Edge& edge) {
    return edge.gate || edge.kept;
}

class Chooser {
  public:
    Chooser(const Definition& definition, const Plan& plan, CacheChoice& choice)
        : definition_(definition),
          plan_(plan),
          choice_(choice),
          wiring_(wire(definition, ignored_, false)),
          hits_(definition.stages.size()),
          wanted_(definition.stages.size(), false),
          dropped_(definition.stages.size(), false) {}

    void run(const Preflight& preflight, const std::map<std::string, std::string>& environment,
             const CacheWish& wish) {
        const std::size_t count = definition_.stages.size();
        std::vector<std::string> doubts(count);
        for (std::size_t i = 0; i < count; ++i) {
            const bool asked = definition_.stages[i].cache;
            wanted_[i] = asked || wish.all;
            if (wish.all && !asked && !wish.risks[i].empty()) doubts[i] = "it " + wish.risks[i];
        }
        keys_.resize(count);
        if (std::ranges::find(wanted_, true) != wanted_.end()) {
            keys_ =
                StreamKeys(definition_, wiring_, plan_, preflight, environment, choice_.witnesses)
                    .find(doubts);
        }
        if (!wish.leave_as.empty()) {
            left_keys_ = StreamKeys(definition_, wiring_, plan_, preflight, environment,
                                    choice_.left_witnesses, StreamKeys::For::this_run)
                             .find(std::vector<std::string>(count));
        }
        if (wish.left != nullptr) compare(*wish.left);
        if (!choice_.differences.empty()) return;
        look_up(wish);
        do {
            drop();
        } while (!has_readers() || !is_of_one_run() || !verify());
        note(wish);
        rewrite();
    }

  private:
    [[nodiscard]] const Stage& stage(std::size_t index) const { return definition_.stages[index]; }

    std::string obstacle(std::size_t index) const {
        std::string why = why_not_kept(definition_, wiring_, index);
        return why.empty() ? keys_[index].why_not : why;
    }

    /// All that streams which were left depend on has to be what it was.
    void compare(const std::vector<LeftStream>& left) {
        std::set<std::string> names;
        for (const LeftStream& each : left) {
            const auto at = std::ranges::find(definition_.stages, each.stage,
                                              [](const Stage& one) { return one.name.value; });
            if (at == definition_.stages.end()) {
                names.insert("stage '" + each.stage + "'");
                continue;
            }
            const StreamKey& now = left_keys_[at - definition_.stages.begin()];
            if (!now.why_not.empty()) {
                names.insert("stage '" + each.stage + "' (" + now.why_not + ")");
            }
            names.merge(different_parts(each.parts, now.parts));
        }
        choice_.differences = std::move(names);
    }

    void look_up(const CacheWish& wish) {
        for (std::size_t i = 0; wish.left != nullptr && i < hits_.size(); ++i) {
            const auto left =
                std::ranges::find(*wish.left, stage(i).name.value, &LeftStream::stage);
            if (left == wish.left->end() || !choice_.left_folder.usable()) continue;
            Hit hit{{}, {}, left->entry, &*left};
            hit.file = choice_.left_folder.find(hit.entry, hit.head);
            if (hit.file) hits_[i] = std::move(hit);
        }
        if (!choice_.folder.usable()) return;
        for (std::size_t i = 0; i < hits_.size(); ++i) {
            if (hits_[i] || !wanted_[i] || !obstacle(i).empty()) continue;
            Hit hit{{}, {}, keys_[i].text, nullptr};
            hit.file = choice_.folder.find(hit.entry, hit.head);
            if (hit.file) hits_[i] = std::move(hit);
        }
    }

    [[nodiscard]] bool is_run(std::size_t index) const { return !dropped_[index] && !hits_[index]; }

    /// What was left goes with what is run again only where that writes the same as it did then.
    /// False: somebody was a player.
    bool is_of_one_run() {
        for (std::size_t i = 0; i < hits_.size(); ++i) {
            if (!hits_[i] || hits_[i]->of == nullptr) continue;
            const bool other = std::ranges::any_of(left_keys_[i].above, [&](int above) {
                const auto at = static_cast<std::size_t>(above);
                return is_run(at) && !left_keys_[at].unsure.empty();
            });
            if (!other) continue;
            hits_[i].reset();
            return false;
        }
        return true;
    }

    [[nodiscard]] const CacheFolder& folder_of(const Hit& hit) const {
        return hit.of != nullptr ? choice_.left_folder : choice_.folder;
    }

    /// All that a stage writes goes to stages that are not run, or not there.
    bool is_read_by_players_alone(std::size_t index) const {
        const Stage& one = stage(index);
        const bool elsewhere = std::holds_alternative<FileOutput>(one.out) ||
                               std::holds_alternative<Endpoint>(one.out) ||
                               std::holds_alternative<FileOutput>(one.err) ||
                               std::holds_alternative<Endpoint>(one.err);
        if (elsewhere || one.detach || one.talks_to ||
            wiring_.readers[index][kStdoutPort].empty()) {
            return false;
        }
        for (const auto& readers : wiring_.readers[index]) {
            for (const int edge : readers) {
                const std::size_t reader = wiring_.edges[edge].consumer;
                if (!hits_[reader] && !dropped_[reader]) return false;
            }
        }
        return true;
    }

    /// Somebody waits for it, or hears of it.
    bool is_named(const std::string& name) const {
        for (std::size_t i = 0; i < definition_.stages.size(); ++i) {
            const Stage& other = stage(i);
            const auto names = [&](const auto& each) { return each.stage.value == name; };
            if (dropped_[i]) continue;
            if (std::ranges::any_of(other.after, names) ||
                std::ranges::any_of(other.notify, names) ||
                (other.talks_to && other.talks_to->stage.value == name)) {
                return true;
            }
        }
        return false;
    }

    void drop() {
        std::fill(dropped_.begin(), dropped_.end(), false);
        for (bool more = true; more;) {
            more = false;
            for (std::size_t i = 0; i < dropped_.size(); ++i) {
                if (dropped_[i] || !is_read_by_players_alone(i) || is_named(stage(i).name.value)) {
                    continue;
                }
                dropped_[i] = more = true;
            }
        }
    }

    /// An output of a stage that runs needs a reader: whoever reads it is run, too. False: somebody
    /// was a player.
    bool has_readers() {
        bool all = true;
        for (std::size_t i = 0; i < dropped_.size(); ++i) {
            if (!is_run(i)) continue;
            for (int port = kStderrPort + 1; port < output_count(stage(i)); ++port) {
                for (const int edge : wiring_.readers[i][static_cast<std::size_t>(port)]) {
                    std::optional<Hit>& reader = hits_[wiring_.edges[edge].consumer];
                    all = all && !reader && !dropped_[wiring_.edges[edge].consumer];
                    reader.reset();
                }
            }
        }
        return all;
    }

    /// False: an entry is not what it was, and has gone: its stage has to run.
    bool verify() {
        for (std::size_t i = 0; i < hits_.size(); ++i) {
            if (!hits_[i] || dropped_[i]) continue;
            const Hit& hit = *hits_[i];
            if (folder_of(hit).verify(hit.entry, hit.file.get(), hit.head)) continue;
            hits_[i].reset();
            return false;
        }
        return true;
    }

    void note(const CacheWish& wish) {
        for (std::size_t i = 0; i < hits_.size(); ++i) {
            const std::string& name = stage(i).name.value;
            if (dropped_[i]) {
                choice_.notes.push_back(
                    {name, CacheUsed::What::skipped, 0, "what it writes was not needed"});
            } else if (hits_[i]) {
                choice_.notes.push_back({name,
                                         CacheUsed::What::cached,
                                         static_cast<std::int64_t>(hits_[i]->head.length),
                                         {}});
                if (hits_[i]->of != nullptr) choice_.left.push_back(*hits_[i]->of);
            } else if (wanted_[i]) {
                keep(i, wish);
            } else if (!wish.leave_as.empty()) {
                leave(i, wish);
            }
        }
    }

    /// Since the last stream of that stage was kept.
    std::string what_changed(const std::string& about, const std::vector<KeyPart>& parts) {
        if (!entries_) entries_ = choice_.folder.entries();
        const CacheEntry* last = nullptr;
        for (const CacheEntry& entry : *entries_) {
            const bool later =
                last == nullptr || std::tie(last->used.tv_sec, last->used.tv_nsec) <
                                       std::tie(entry.used.tv_sec, entry.used.tv_nsec);
            if (entry.about == about && later) last = &entry;
        }
        if (last == nullptr) return "nothing was kept of it";
        for (const KeyPart& part : parts) {
            if (std::ranges::find(last->parts, part.digest) == last->parts.end()) {
                return part.name + " is another one";
            }
        }
        return "something that it named is not there any more";
    }

    void keep(std::size_t index, const CacheWish& wish) {
        const std::string& name = stage(index).name.value;
        std::string why = obstacle(index);
        if (why.empty() && !choice_.folder.usable()) why = choice_.folder.problem();
        if (why.empty() && choice_.limit == 0) why = "the cache has no room (PIPECTL_CACHE_SIZE)";
        Fd file;
        if (why.empty() && !(file = choice_.folder.make())) {
            why = "no file without a name can be made in '" + choice_.folder.path() +
                  "': " + errno_text(errno);
        }
        if (!why.empty()) {
            choice_.notes.push_back({name, CacheUsed::What::not_kept, 0, std::move(why)});
            return;
        }
        StreamWish one;
        one.stage = name;
        one.key = keys_[index].text;
        one.about = plan_.name + ": " + name;
        for (const KeyPart& part : keys_[index].parts) {
            one.parts.push_back(part.digest);
        }
        one.why_run = what_changed(one.about, keys_[index].parts);
        one.asked = !wish.all || stage(index).cache;
        one.file = std::move(file);
        add(std::move(one), keys_[index]);
    }

    void add(StreamWish one, const StreamKey& key) {
        one.depends = key.depends;
        for (const int above : key.above) {
            one.above.insert(stage(above).name.value);
        }
        choice_.wishes.push_back(std::move(one));
    }

    /// Nothing is said of what cannot be left: that is of interest only when the run fails.
    void leave(std::size_t index, const CacheWish& wish) {
        const auto& readers = wiring_.readers[index][kStdoutPort];
        const bool asked = std::ranges::any_of(
            readers, [&](int edge) { return leaves(plan_.edges[static_cast<std::size_t>(edge)]); });
        const StreamKey& key = left_keys_[index];
        if (!asked || !choice_.left_folder.usable() || !key.why_not.empty() ||
            !why_not_kept(definition_, wiring_, index).empty()) {
            return;
        }
        StreamWish one;
        one.leave = true;
        one.stage = stage(index).name.value;
        one.file = choice_.left_folder.make();
        if (!one.file) return;
        one.key = Fingerprint().add(wish.leave_as).add(one.stage).add(key.text).text();
        one.about = plan_.name + ": " + one.stage;
        choice_.left.push_back({one.stage, one.key, key.parts});
        add(std::move(one), key);
    }

    void rewrite() {
        StandIns stand_ins;
        stand_ins.left_out = dropped_;
        for (std::size_t i = 0; i < hits_.size(); ++i) {
            std::string& path = stand_ins.streams.emplace_back();
            if (!hits_[i] || dropped_[i]) continue;
            Hit& hit = *hits_[i];
            path = folder_of(hit).path() + "/" + hit.entry;
            choice_.played.insert(stage(i).name.value);
            folder_of(hit).note_use(hit.file.get());
            choice_.entries.push_back(std::move(hit.file));
        }
        choice_.definition = with_stand_ins(definition_, wiring_, stand_ins);
    }

    const Definition& definition_;
    const Plan& plan_;
    CacheChoice& choice_;
    Remarks ignored_;
    const Wiring wiring_;
    std::vector<StreamKey> keys_;
    std::vector<StreamKey> left_keys_;
    std::vector<std::optional<Hit>> hits_;
    std::vector<bool> wanted_;
    std::vector<bool> dropped_;
    std::optional<std::vector<CacheEntry>> entries_;
};

}  // namespace

std::set<std::string> CacheChoice::kept() const {
    std::set<std::string> names;
    for (const StreamWish& wish : wishes) {
        names.insert(wish.stage);
    }
    return names;
}

bool wants_cache(const Definition& definition) {
    return std::ranges::any_of(definition.stages, [](const Stage& stage) { return stage.cache; });
}

bool leaves_streams(const Plan& plan) {
    return std::ranges::any_of(plan.edges, leaves);
}

CacheChoice choose_cached(const Definition& definition, const Plan& plan,
                          const Preflight& preflight,
                          const std::map<std::string, std::string>& environment,
                          const CacheWish& wish) {
    CacheChoice choice;
    choice.limit = cache_limit();
    if (wish.all || wants_cache(definition)) choice.folder = CacheFolder::open();
    if (!wish.leave_as.empty()) choice.left_folder = CacheFolder::open_left(wish.state);
    Chooser(definition, plan, choice).run(preflight, environment, wish);
    return choice;
}

}  // namespace pipectl
