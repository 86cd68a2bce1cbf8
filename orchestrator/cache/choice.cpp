#include "orchestrator/cache/choice.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

#include "orchestrator/plan/cacheable.hpp"
#include "orchestrator/plan/ports.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "orchestrator/plan/wiring.hpp"
#include "stages/base/error.hpp"

namespace pipectl {
namespace {

/// An entry that can be played.
struct Hit {
    Fd file;
    channel::StreamHead head;
};

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
        keys_ = StreamKeys(definition_, wiring_, plan_, preflight, environment, choice_.witnesses)
                    .find(doubts);
        look_up();
        do {
            drop();
        } while (!has_readers() || !verify());
        note(wish);
        rewrite();
    }

  private:
    [[nodiscard]] const Stage& stage(std::size_t index) const { return definition_.stages[index]; }

    std::string obstacle(std::size_t index) const {
        std::string why = why_not_kept(definition_, wiring_, index);
        return why.empty() ? keys_[index].why_not : why;
    }

    void look_up() {
        if (!choice_.folder.usable()) return;
        for (std::size_t i = 0; i < hits_.size(); ++i) {
            if (!wanted_[i] || !obstacle(i).empty()) continue;
            Hit hit;
            hit.file = choice_.folder.find(keys_[i].text, hit.head);
            if (hit.file) hits_[i] = std::move(hit);
        }
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
            if (dropped_[i] || hits_[i]) continue;
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

    [[nodiscard]] bool is_left_unread(std::size_t index, int port) const {
        const auto& readers = wiring_.readers[index][static_cast<std::size_t>(port)];
        return !readers.empty() && std::ranges::all_of(readers, [&](int edge) {
            const int reader = wiring_.edges[edge].consumer;
            return dropped_[reader] || hits_[reader];
        });
    }

    /// False: an entry is not what it was, and has gone: its stage has to run.
    bool verify() {
        for (std::size_t i = 0; i < hits_.size(); ++i) {
            if (!hits_[i] || dropped_[i]) continue;
            if (choice_.folder.verify(keys_[i].text, hits_[i]->file.get(), hits_[i]->head))
                continue;
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
            } else if (wanted_[i]) {
                keep(i, wish);
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
        one.depends = keys_[index].depends;
        one.file = std::move(file);
        for (const int above : keys_[index].above) {
            one.above.insert(stage(above).name.value);
        }
        choice_.wishes.push_back(std::move(one));
    }

    /// Who reads whom is said by names: the stage above may have gone.
    void say_input(std::size_t index, Stage& one) const {
        if (wiring_.stdin_source[index] == StdinSource::inherited) one.in = Inherit();
        if (wiring_.stdin_source[index] == StdinSource::null) one.in = Null();
        const auto& feeds = wiring_.feeds[index][kStdinPort];
        if (!one.from.empty() || feeds.empty()) return;
        for (const int feed : feeds) {
            const WiredEdge& edge = wiring_.edges[feed];
            if (edge.feed != nullptr || edge.two_way) continue;
            Feed from;
            from.stage = {stage(edge.producer).name.value, edge.place};
            one.from.push_back(std::move(from));
            one.from_place = edge.place;
        }
    }

    /// What only players would have read goes nowhere, and not to pipectl's own stdout.
    void close_outputs(std::size_t index, Stage& one) const {
        if (is_left_unread(index, kStdoutPort) && std::holds_alternative<std::monostate>(one.out)) {
            one.out = Null();
        }
        if (is_left_unread(index, kStderrPort)) one.err = Null();
    }

    Stage player(std::size_t index) {
        const Stage& before = stage(index);
        Hit& hit = *hits_[index];
        Stage one;
        one.name = before.name;
        one.place = before.place;
        one.command = Stage::Command::use;
        one.command_place = before.command_place;
        one.run.push_back({{{Template::Piece::Kind::text, "play"}}, before.command_place});
        const std::string path = choice_.folder.path() + "/" + keys_[index].text;
        one.in = FileInput{{{{Template::Piece::Kind::text, path}}, before.command_place}};
        one.in_place = before.command_place;
        one.out = before.out;
        one.out_place = before.out_place;
        one.fan_out = before.fan_out;
        one.unread_stop = before.unread_stop;
        choice_.played.insert(one.name.value);
        choice_.folder.note_use(hit.file.get());
        choice_.entries.push_back(std::move(hit.file));
        return one;
    }

    void rewrite() {
        choice_.definition = definition_;
        choice_.definition.stages.clear();
        const bool all =
            std::ranges::none_of(hits_, [](const auto& hit) { return hit.has_value(); });
        for (std::size_t i = 0; i < hits_.size(); ++i) {
            if (dropped_[i]) continue;
            Stage one = hits_[i] ? player(i) : stage(i);
            if (!hits_[i] && !all) say_input(i, one);
            close_outputs(i, one);
            choice_.definition.stages.push_back(std::move(one));
        }
    }

    const Definition& definition_;
    const Plan& plan_;
    CacheChoice& choice_;
    Remarks ignored_;
    const Wiring wiring_;
    std::vector<StreamKey> keys_;
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

CacheChoice choose_cached(const Definition& definition, const Plan& plan,
                          const Preflight& preflight,
                          const std::map<std::string, std::string>& environment,
                          const CacheWish& wish) {
    CacheChoice choice;
    choice.limit = cache_limit();
    choice.folder = CacheFolder::open();
    Chooser(definition, plan, choice).run(preflight, environment, wish);
    return choice;
}

}  // namespace pipectl
