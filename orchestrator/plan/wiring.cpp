#include "orchestrator/plan/wiring.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "orchestrator/plan/ports.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "orchestrator/plan/talks.hpp"
#include "stages/base/suggestions.hpp"
#include "stages/base/text.hpp"

namespace pipectl {
namespace {

/// A stage with fewer ports than this is searched one by one.
constexpr std::size_t kFewPorts = 16;

/// Where an output goes so that nobody can read it: "is pipectl's own", or empty. A file and
/// readers go together.
std::string destination(const OutputSpec& spec) {
    struct Name {
        std::string_view operator()(std::monostate) const { return {}; }
        std::string_view operator()(const FileOutput&) const { return {}; }
        std::string_view operator()(const Null&) const { return "goes to nowhere (`null`)"; }
        std::string_view operator()(const Inherit&) const { return "is pipectl's own"; }
        std::string_view operator()(const JoinStdout&) const { return "is joined to its stdout"; }
        std::string_view operator()(const Endpoint&) const { return "goes to an endpoint"; }
    };
    return std::string(std::visit(Name{}, spec));
}

class Wirer {
  public:
    Wirer(const Definition& definition, Remarks& remarks, bool advise)
        : stages_(definition.stages),
          remarks_(remarks),
          advise_(advise),
          talks_(find_talks(definition, remarks)) {
        by_name_.reserve(stages_.size());
        for (std::size_t i = 0; i < stages_.size(); ++i) {
            by_name_.emplace(stages_[i].name.value, static_cast<int>(i));
        }
    }

    Wiring run() {
        const std::size_t count = stages_.size();
        wiring_.readers.resize(count);
        wiring_.feeds.resize(count);
        wiring_.stdin_source.resize(count);
        wiring_.edges.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            wiring_.readers[i].resize(static_cast<std::size_t>(output_count(stages_[i])));
            wiring_.feeds[i].resize(static_cast<std::size_t>(input_count(stages_[i])));
        }
        for (std::size_t i = 0; i < count; ++i) {
            wire_stdin(static_cast<int>(i));
            for (std::size_t k = 0; k < stages_[i].inputs.size(); ++k) {
                refuse_outside(stages_[i], stages_[i].inputs[k]);
                for (const Feed& feed : stages_[i].inputs[k].feeds) {
                    wire_feed(feed, static_cast<int>(i), static_cast<int>(k) + 1);
                }
            }
        }
        report_unread();
        if (advise_) warn_of_silent_readers();
        return std::move(wiring_);
    }

  private:
    const Stage& stage(int index) const { return stages_[index]; }

    /// As the function above, of a port by its number.
    std::string destination_of(int index, int port) const {
        if (port == kStdoutPort) {
            const int partner = talks_.partner_of(index);
            return partner < 0 ? destination(stage(index).out)
                               : "goes to '" + stage(partner).name.value + "' alone (`talks-to`)";
        }
        return port == kStderrPort ? destination(stage(index).err) : std::string();
    }

    /// One of the two edges of a pair, the one that this stage reads.
    void wire_talk(int reader, int writer) {
        const bool back = stage(reader).talks_to.has_value();
        const Feed& talk = back ? *stage(reader).talks_to : *stage(writer).talks_to;
        add_edge({.producer = writer,
                  .out_port = kStdoutPort,
                  .consumer = reader,
                  .in_port = kStdinPort,
                  .feed = &talk,
                  .two_way = true,
                  .back = back,
                  .place = talk.stage.place,
                  .length = talk.stage.value.size() + kQuotes});
    }

    /// Names are unique unless the parser has complained; then the first one counts.
    std::optional<int> find_stage(const std::string& name) const {
        const auto found = by_name_.find(name);
        if (found == by_name_.end()) return std::nullopt;
        return found->second;
    }

    void add_edge(WiredEdge edge) {
        const int number = static_cast<int>(wiring_.edges.size());
        wiring_.readers[edge.producer][edge.out_port].push_back(number);
        wiring_.feeds[edge.consumer][edge.in_port].push_back(number);
        wiring_.edges.push_back(edge);
    }

    std::string suggestion(const std::string& name) {
        if (names_.empty()) {
            for (const Stage& each : stages_) {
                names_.push_back(each.name.value);
            }
        }
        return suggestions_.did_you_mean(name, names_);
    }

    /// As find_output(), in linear time when every port of a stage is asked for.
    std::optional<int> output_of(int index, const std::string& name) {
        const Stage& writer = stage(index);
        if (writer.outputs.size() < kFewPorts) return find_output(writer, name);
        auto& ports = ports_[index];
        if (ports.empty()) {
            for (int port = 0; port < output_count(writer); ++port) {
                ports.emplace(output_name(writer, port), port);
            }
        }
        const auto found = ports.find(name);
        return found == ports.end() ? std::nullopt : std::optional(found->second);
    }

    void refuse_port(const Feed& feed, const Stage& writer) {
        const std::string& name = feed.stage.value;
        std::string near;
        std::string hint = "declare it in its `outputs`";
        // the names of all ports are no help to whoever has a hundred of these
        if (suggestions_.answers()) {
            const auto ports = output_names(writer);
            near = suggestions_.did_you_mean(feed.port, ports);
            hint = "it has " + quoted_list(ports) + "; declare more in its `outputs`";
        }
        remarks_.error(feed.stage.place,
                       "stage '" + name + "' has no output '" + feed.port + "'" + near,
                       std::move(hint), name.size() + kQuotes);
    }

    bool reads_through_inputs(const Stage& reader, const std::string& name) const {
        return std::any_of(reader.inputs.begin(), reader.inputs.end(), [&](const InputPort& port) {
            return std::any_of(port.feeds.begin(), port.feeds.end(),
                               [&](const Feed& feed) { return feed.stage.value == name; });
        });
    }

    void wire_stdin(int index) {
        const Stage& reader = stage(index);
        StdinSource& source = wiring_.stdin_source[index];
        if (const int partner = talks_.partner_of(index); partner >= 0) {
            source = StdinSource::edges;
            wire_talk(index, partner);
            return;
        }
        if (reader.talks_to) {
            source = StdinSource::null;  // find_talks() has said what is wrong with it
            return;
        }
        if (!reader.from.empty()) {
            source = StdinSource::edges;
            for (const Feed& feed : reader.from) {
                wire_feed(feed, index, kStdinPort);
            }
            return;
        }
        if (reader.from_place.known()) {
            source = StdinSource::null;  // the parser has said what is wrong with it
            return;
        }
        if (!std::holds_alternative<std::monostate>(reader.in) || reader.in_place.known()) {
            source = StdinSource::given;
            return;
        }
        if (index == 0) {
            source = StdinSource::inherited;
            return;
        }
        const Stage& above = stage(index - 1);
        if (std::any_of(reader.after.begin(), reader.after.end(), [&](const After& after) {
                return after.stage.value == above.name.value;
            })) {
            source = StdinSource::null;  // an order without data
            return;
        }
        const std::string elsewhere = destination_of(index - 1, kStdoutPort);
        if (!reader.inputs.empty() &&
            (!std::holds_alternative<std::monostate>(above.out) ||
             talks_.partner_of(index - 1) >= 0 || reads_through_inputs(reader, above.name.value))) {
            source = StdinSource::null;
            return;
        }
        source = StdinSource::edges;
        if (!elsewhere.empty()) {
            remarks_.error(reader.name.place.known() ? reader.name.place : reader.place,
                           "stage '" + reader.name.value + "' reads stage '" + above.name.value +
                               "' above it, whose stdout " + elsewhere,
                           "say what it reads by `from`, or `stdin = { null = true }` for nothing",
                           reader.name.place.known() ? reader.name.value.size() + kQuotes : 1);
            return;
        }
        add_edge({.producer = index - 1,
                  .out_port = kStdoutPort,
                  .consumer = index,
                  .in_port = kStdinPort,
                  .place = reader.place});
    }

    void wire_feed(const Feed& feed, int consumer, int in_port) {
        const std::string& name = feed.stage.value;
        if (name.empty()) return;  // the parser has said why
        const auto producer = find_stage(name);
        if (!producer) {
            remarks_.error(feed.stage.place, "there is no stage '" + name + "'" + suggestion(name),
                           {}, name.size() + kQuotes);
            return;
        }
        const Stage& writer = stage(*producer);
        const auto out_port = output_of(*producer, feed.port);
        if (!out_port) {
            refuse_port(feed, writer);
            return;
        }
        if (const auto elsewhere = destination_of(*producer, *out_port); !elsewhere.empty()) {
            const bool joined =
                *out_port == kStderrPort && std::holds_alternative<JoinStdout>(writer.err);
            remarks_.error(feed.stage.place,
                           "'" + name + "." + feed.port + "' cannot be read: it " + elsewhere,
                           joined ? "read '" + name + "' instead, which carries both"
                                  : "only a file goes together with readers",
                           name.size() + kQuotes);
            return;
        }
        add_edge({.producer = *producer,
                  .out_port = *out_port,
                  .consumer = consumer,
                  .in_port = in_port,
                  .feed = &feed,
                  .place = feed.stage.place,
                  .length = name.size() + kQuotes});
    }

    void refuse_outside(const Stage& reader, const InputPort& port) {
        if (!port.outside) return;
        remarks_.error(port.name.place,
                       "nothing feeds input '" + port.name.value + "' of stage '" +
                           reader.name.value + "' here: it is a port of the definition",
                       "a definition that uses this one feeds it by 'inputs'",
                       port.name.value.size());
    }

    void report_unread() {
        for (std::size_t i = 0; i < stages_.size(); ++i) {
            for (std::size_t k = 0; k < stages_[i].outputs.size(); ++k) {
                if (!wiring_.readers[i][k + 2].empty()) continue;
                const auto& port = stages_[i].outputs[k];
                remarks_.error(port.place,
                               "nobody reads output '" + port.value + "' of stage '" +
                                   stages_[i].name.value + "'",
                               "read it with from = \"" + stages_[i].name.value + "." + port.value +
                                   "\", or remove it",
                               port.value.size() + kQuotes);
            }
        }
    }

    /// A stage that reads the one above it only because it stands there, though another one reads
    /// that by name, or though it has its place in time by `after`: it may have been meant to read
    /// nothing, or to stand elsewhere.
    void warn_of_silent_readers() {
        for (const WiredEdge& edge : wiring_.edges) {
            if (edge.feed != nullptr) continue;
            const auto producer = static_cast<std::size_t>(edge.producer);
            const auto& readers = wiring_.readers[producer][kStdoutPort];
            const auto named = std::find_if(readers.begin(), readers.end(), [&](int reader) {
                return wiring_.edges[reader].feed != nullptr;
            });
            const Stage& silent = stage(edge.consumer);
            std::string besides;
            if (named != readers.end()) {
                const WiredEdge& by_name = wiring_.edges[*named];
                besides = "'" + stage(by_name.consumer).name.value + "' reads that by name (line " +
                          std::to_string(by_name.place.line) + ")";
            } else if (!silent.after.empty()) {
                besides = "starts after '" + silent.after.front().stage.value + "'";
            } else {
                continue;
            }
            const std::string above = stage(edge.producer).name.value;
            const bool own_name = silent.name.place.known();
            remarks_.warning(
                own_name ? silent.name.place : silent.place,
                "stage '" + silent.name.value + "' reads '" + above +
                    "' because it stands below it, and " + besides,
                "say it: from = \"" + above + "\"; or stdin = { null = true } for nothing",
                own_name ? silent.name.value.size() + kQuotes : 1);
        }
    }

    const std::vector<Stage>& stages_;
    Remarks& remarks_;
    bool advise_;
    Talks talks_;
    std::unordered_map<std::string_view, int> by_name_;  ///< of the definition's own texts
    std::unordered_map<int, std::unordered_map<std::string_view, int>> ports_;  ///< of each stage
    std::vector<std::string> names_;
    Suggestions suggestions_;
    Wiring wiring_;
};

}  // namespace

Wiring wire(const Definition& definition, Remarks& remarks, bool advise) {
    return Wirer(definition, remarks, advise).run();
}

}  // namespace pipectl
