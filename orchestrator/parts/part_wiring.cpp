#include "orchestrator/parts/part_wiring.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>

#include "orchestrator/plan/ports.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

class PartConnector {
  public:
    PartConnector(const std::vector<Stage>& outer, const PartsByName& parts,
                  std::vector<Stage>& stages, Remarks& remarks)
        : outer_(outer), parts_(parts), stages_(stages), remarks_(remarks) {
        for (std::size_t i = 0; i < stages.size(); ++i) {
            by_name_.emplace(stages[i].name.value, i);
        }
    }

    void run() {
        for (std::size_t i = 0; i < outer_.size(); ++i) {
            if (outer_[i].part) connect(i);
        }
        for (std::size_t i = 1; i < outer_.size(); ++i) {
            if (outer_[i - 1].part) say_what_it_reads(i);
        }
        for (Stage& stage : stages_) {
            rename(stage.from);
            for (InputPort& port : stage.inputs) {
                rename(port.feeds);
            }
            rename(stage.after);
            for (const Notice& notice : stage.notify) {
                refuse_as_one(notice.stage, "begins and ends");
            }
            if (stage.talks_to) refuse_as_one(stage.talks_to->stage, "answers");
        }
    }

  private:
    static std::size_t length_of(const std::string& name) { return name.size() + kQuotes; }

    const PartEnd* find(const std::string& part, const std::string& port) const {
        const PartPorts& ports = parts_.at(part);
        const auto found = ports.find(port);
        return found == ports.end() ? nullptr : &found->second;
    }

    /// Null when there is no such port.
    Stage* stage_of(const PartEnd* end) const {
        return end == nullptr ? nullptr : &stages_[by_name_.at(end->stage)];
    }

    template <class Use>
    void each_stage_of(const std::string& part, Use&& use) const {
        for (Stage& stage : stages_) {
            if (stage.name.value.starts_with(part + "/")) use(stage);
        }
    }

    void connect(std::size_t index) {
        const Stage& user = outer_[index];
        connect_stdin(index);
        connect_stdout(user);
        connect_inputs(user);
        each_stage_of(user.name.value, [&](Stage& stage) {
            stage.after.insert(stage.after.end(), user.after.begin(), user.after.end());
            if (!std::holds_alternative<std::monostate>(stage.err) || !user.err_place.known()) {
                return;
            }
            stage.err = user.err;
            stage.err_place = user.err_place;
        });
    }

    void connect_stdin(std::size_t index) {
        const Stage& user = outer_[index];
        const std::string& name = user.name.value;
        Stage* const reader = stage_of(find(name, "stdin"));
        if (reader == nullptr) {
            const Place place = user.from_place.known() ? user.from_place : user.in_place;
            if (!is_unfed(user)) {
                remarks_.error(place, "'" + user.part->file.value + "' has no port 'stdin'",
                               "its first stage says itself what it reads");
            } else if (user.via || user.buffer || user.fan_in) {
                remarks_.error(user.part->file.place,
                               "'" + user.part->file.value +
                                   "' has no port 'stdin' for 'via', 'buffer' or 'fan-in'",
                               {}, length_of(user.part->file.value));
            }
            return;
        }
        if (!is_unfed(user)) {
            reader->from = user.from;
            reader->from_place = user.from_place;
            reader->in = user.in;
            reader->in_place = user.in_place;
        } else if (index > 0 && !is_unfed(*reader)) {
            const std::string& above = outer_[index - 1].name.value;
            reader->in_place = {};
            reader->in = std::monostate();
            read_above(*reader, user, above);
        }
        const bool plain = reader->inputs.empty();
        if (!plain && (user.via || user.buffer) && reader->from.empty()) {
            remarks_.error(user.part->file.place,
                           "'via' and 'buffer' of '" + name + "' need 'from'",
                           "stage '" + reader->name.value + "' has other inputs, which keep theirs",
                           length_of(user.part->file.value));
        }
        if (user.via && plain) reader->via = user.via;
        if (user.buffer && plain) reader->buffer = user.buffer;
        if (!plain) give_channel(user, reader->from);
        if (user.fan_in) reader->fan_in = user.fan_in;
    }

    static void give_channel(const Stage& user, std::vector<Feed>& feeds) {
        for (Feed& feed : feeds) {
            if (!feed.via) feed.via = user.via;
            if (!feed.buffer) feed.buffer = user.buffer;
        }
    }

    /// As a stage reads the one above it that says nothing.
    static void read_above(Stage& reader, const Stage& as_written, const std::string& above) {
        const bool ordered =
            std::any_of(as_written.after.begin(), as_written.after.end(),
                        [&](const After& after) { return after.stage.value == above; });
        bool named = false;
        for (const InputPort& port : as_written.inputs) {
            named |= std::any_of(port.feeds.begin(), port.feeds.end(),
                                 [&](const Feed& feed) { return feed.stage.value == above; });
        }
        if (ordered || named) {
            reader.in = Null{};
            return;
        }
        Feed feed;
        feed.stage = {above, as_written.place};
        reader.from = {std::move(feed)};
        reader.from_place = as_written.place;
    }

    void connect_stdout(const Stage& user) {
        if (!user.out_place.known() && !user.fan_out) return;
        const PartEnd* const end = find(user.name.value, "stdout");
        Stage* const writer = stage_of(end);
        const Place place = user.out_place.known() ? user.out_place : user.part->file.place;
        if (writer == nullptr) {
            remarks_.error(place, "'" + user.part->file.value + "' has no port 'stdout'",
                           "its last stage says itself where that goes");
            return;
        }
        if (user.out_place.known()) {
            if (end->port != "stdout" || !std::holds_alternative<std::monostate>(writer->out)) {
                remarks_.error(place,
                               "what '" + user.part->file.value + "' writes goes elsewhere already",
                               "read it by a stage: run = [\"cat\"]");
                return;
            }
            writer->out = user.out;
            writer->out_place = user.out_place;
        }
        if (user.fan_out) writer->fan_out = user.fan_out;
    }

    void connect_inputs(const Stage& user) {
        const std::string& name = user.name.value;
        for (const InputPort& given : user.inputs) {
            const std::string& port = given.name.value;
            const PartEnd* const end = find(name, port);
            if (end == nullptr || !end->input || port == "stdin") {
                remarks_.error(given.name.place,
                               "'" + user.part->file.value + "' has no input '" + port + "'",
                               inputs_of(name), port.size());
                continue;
            }
            for (InputPort& input : stage_of(end)->inputs) {
                if (input.name.value != end->port) continue;
                input.feeds = given.feeds;
                input.outside = given.outside;
                give_channel(user, input.feeds);
            }
        }
        for (const auto& [port, end] : parts_.at(name)) {
            const auto same = [&, &wanted = port](const InputPort& each) {
                return each.name.value == wanted;
            };
            if (!end.input || port == "stdin" ||
                std::any_of(user.inputs.begin(), user.inputs.end(), same)) {
                continue;
            }
            remarks_.error(
                user.part->file.place, "nothing feeds input '" + port + "' of '" + name + "'",
                "inputs = { " + port + " = \"stage\" }", length_of(user.part->file.value));
        }
    }

    std::string inputs_of(const std::string& part) const {
        std::vector<std::string> names;
        for (const auto& [port, end] : parts_.at(part)) {
            if (end.input && port != "stdin") names.push_back(port);
        }
        return names.empty() ? "its [ports] names none" : "it has " + quoted_list(names);
    }

    /// The stage below a part reads its port `stdout`, which need not be its last stage's.
    void say_what_it_reads(std::size_t index) {
        const Stage& written = outer_[index];
        const std::string& above = outer_[index - 1].name.value;
        Stage* const reader = written.part ? stage_of(find(written.name.value, "stdin"))
                                           : &stages_[by_name_.at(written.name.value)];
        if (reader == nullptr || reader == stages_.data() || !is_unfed(*reader) ||
            is_talked_to(outer_, written.name.value)) {
            return;
        }
        const PartEnd* const end = find(above, "stdout");
        const Stage& standing = *(reader - 1);
        if (end == nullptr || (end->stage == standing.name.value && end->port == "stdout")) return;
        read_above(*reader, written, above);
    }

    void rename(std::vector<Feed>& feeds) const {
        for (Feed& feed : feeds) {
            const std::string name = feed.stage.value;
            if (!parts_.contains(name)) continue;
            const PartEnd* const end = find(name, feed.port);
            if (end == nullptr || end->input) {
                std::vector<std::string> names;
                for (const auto& [port, each] : parts_.at(name)) {
                    if (!each.input) names.push_back(port);
                }
                remarks_.error(
                    feed.stage.place,
                    "'" + name + "' has no output '" + feed.port + "'" +
                        did_you_mean(feed.port, names),
                    names.empty() ? "its [ports] names none" : "it has " + quoted_list(names),
                    length_of(name));
                continue;
            }
            feed.stage.value = end->stage;
            feed.port = end->port;
        }
    }

    /// After a part is after all of its stages.
    void rename(std::vector<After>& all) const {
        std::vector<After> renamed;
        for (const After& after : all) {
            if (!parts_.contains(after.stage.value)) {
                renamed.push_back(after);
                continue;
            }
            each_stage_of(after.stage.value, [&](const Stage& stage) {
                renamed.push_back({{stage.name.value, after.stage.place}, after.ended});
            });
        }
        all = std::move(renamed);
    }

    void refuse_as_one(const Located<std::string>& stage, const char* what) const {
        if (!parts_.contains(stage.value)) return;
        remarks_.error(stage.place,
                       "'" + stage.value +
                           "' is a definition of several stages, and "
                           "one stage " +
                           what,
                       {}, length_of(stage.value));
    }

    const std::vector<Stage>& outer_;
    const PartsByName& parts_;
    std::vector<Stage>& stages_;
    Remarks& remarks_;
    std::unordered_map<std::string, std::size_t> by_name_;
};

}  // namespace

void connect_parts(const std::vector<Stage>& outer, const PartsByName& parts,
                   std::vector<Stage>& stages, Remarks& remarks) {
    PartConnector(outer, parts, stages, remarks).run();
}

}  // namespace pipectl
