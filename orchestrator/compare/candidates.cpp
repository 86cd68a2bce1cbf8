#include "orchestrator/compare/candidates.hpp"

#include <algorithm>
#include <optional>

#include "orchestrator/draw/render_plan.hpp"
#include "orchestrator/plan/channels.hpp"
#include "stages/base/units.hpp"

namespace pipectl::compare {

namespace {

constexpr std::string_view kSizedKind = "pipe";
constexpr std::string_view kUsualSizes = "64KiB,1MiB";

std::vector<std::string> words_of(std::string_view list) {
    std::vector<std::string> words;
    while (!list.empty()) {
        words.emplace_back(list.substr(0, list.find(',')));
        list.remove_prefix(std::min(list.size(), words.back().size() + 1));
    }
    return words;
}

class Reader {
  public:
    /// A size, told in its shortest form.
    std::string size(const std::string& word) {
        const auto size = parse_size(word);
        if (!size.ok()) {
            complain(size.error());
        } else if (size.value() == 0) {
            complain("a channel of size 0 holds nothing");
        } else {
            return format_size(size.value());
        }
        return {};
    }

    void add(const std::string& word) {
        Remarks remarks;
        const Channel channel = check_via(read_via_word(word), remarks);
        const std::vector<Diagnostic> wrong = remarks.take();
        if (!wrong.empty()) {
            complain(wrong.front().message);
        } else if (channel.kind == nullptr) {
            complain("there is no channel ''");
        } else {
            add(*channel.kind, channel.settings.empty() ? "" : word_of(channel));
        }
    }

    void add(const channel::Kind& kind, const std::string& size) {
        const bool known = std::any_of(found.begin(), found.end(), [&](const Candidate& candidate) {
            return candidate.kind == &kind && candidate.size == size;
        });
        if (!known) found.push_back({&kind, size});
    }

    std::vector<Candidate> found;
    std::string error;

  private:
    /// What stands behind the colon, a size in its shortest form.
    static std::string word_of(const Channel& channel) {
        const channel::Value& value = channel.settings.begin()->second;
        const auto* const bytes = std::get_if<std::uint64_t>(&value);
        return bytes != nullptr ? format_size(*bytes) : std::get<std::string>(value);
    }

    void complain(const std::string& message) {
        if (error.empty()) error = message;
    }
};

void replace_feeds(std::vector<Feed>& feeds) {
    for (Feed& feed : feeds)
        feed.via.reset();
}

/// Takes away what a stage says of the channels that feed it.
void clear_channels(Stage& stage) {
    stage.via.reset();
    replace_feeds(stage.from);
    if (stage.talks_to) stage.talks_to->via.reset();
    for (InputPort& port : stage.inputs)
        replace_feeds(port.feeds);
}

}  // namespace

Candidates read_candidates(std::string_view channels, std::string_view sizes) {
    Reader reader;
    const bool all = channels.empty();
    if (all) {
        for (const channel::Kind* kind : channel::kinds()) {
            reader.add(*kind, {});
        }
        if (sizes.empty()) sizes = kUsualSizes;
    }
    for (const std::string& word : words_of(channels))
        reader.add(word);
    const auto is_sized = [](const Candidate& candidate) {
        return candidate.kind->name == kSizedKind;
    };
    auto after = std::find_if(reader.found.begin(), reader.found.end(), is_sized);
    if (!sizes.empty() && after == reader.found.end() && reader.error.empty()) {
        return "--sizes is of pipes, and 'pipe' is not among --channels; of others write for "
               "instance 'shm:8MiB'";
    }
    if (!sizes.empty() && reader.error.empty()) {
        // sizes stand behind the pipe that they vary
        std::vector<Candidate> rest(after + 1, reader.found.end());
        const channel::Kind& kind = *after->kind;
        reader.found.erase(after + 1, reader.found.end());
        for (const std::string& word : words_of(sizes)) {
            const std::string size = reader.size(word);
            if (!size.empty()) reader.add(kind, size);
        }
        for (const Candidate& candidate : rest)
            reader.add(*candidate.kind, candidate.size);
    }
    if (!reader.error.empty()) return reader.error;
    return std::move(reader.found);
}

Definition with_channel(const Definition& definition, const std::string& stage,
                        const Candidate& candidate) {
    Definition changed = definition;
    Via via;
    via.channel.value = candidate.kind->name;
    if (!candidate.size.empty()) {
        Via::Option option;
        option.name.value = option_of_word(via.channel.value, candidate.size);
        option.value = candidate.size;
        via.options.push_back(std::move(option));
    }
    if (stage.empty()) {
        for (Stage& each : changed.stages)
            clear_channels(each);
        changed.via = via;
        return changed;
    }
    for (Stage& each : changed.stages) {
        if (each.name.value == stage) {
            clear_channels(each);
            each.via = via;
        }
    }
    return changed;
}

std::string gist_of(Plan plan) {
    for (Process& process : plan.processes)
        process.place = process.command_place = {};
    for (Link& link : plan.links)
        link.place = {};
    for (InputFile& input : plan.inputs)
        input.place = {};
    for (OutputFile& output : plan.outputs)
        output.place = {};
    return render_plan_json(plan);
}

std::vector<std::string> fed_stages(const Plan& plan) {
    std::vector<std::string> stages;
    for (const Edge& edge : plan.edges) {
        const std::string stage = edge.to.substr(0, edge.to.find('.'));
        if (std::find(stages.begin(), stages.end(), stage) == stages.end()) {
            stages.push_back(stage);
        }
    }
    return stages;
}

std::string via_value(const std::string& channel, const std::string& size) {
    if (size.empty()) return '"' + channel + '"';
    return "{ channel = \"" + channel + "\", " + std::string(option_of_word(channel, size)) +
           " = \"" + size + "\" }";
}

}  // namespace pipectl::compare
