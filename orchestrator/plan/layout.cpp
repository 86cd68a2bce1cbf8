#include "orchestrator/plan/layout.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include "orchestrator/plan/order.hpp"
#include "orchestrator/plan/ports.hpp"
#include "orchestrator/plan/room.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"

namespace pipectl {
namespace {

class Layouter {
  public:
    Layouter(const Definition& definition, const Wiring& wiring,
             const std::vector<Channel>& channels, Plan& plan, Network& network,
             std::optional<std::uint64_t> most_kept, Remarks& remarks)
        : stages_(definition.stages),
          wiring_(wiring),
          channels_(channels),
          plan_(plan),
          network_(network),
          most_kept_(most_kept),
          remarks_(remarks),
          writer_ends_(wiring.edges.size()),
          reader_ends_(wiring.edges.size()) {}

    std::vector<Conduit> run(const std::vector<PlannedEndpoint>& endpoints) {
        conduits_.reserve(wiring_.edges.size());
        for (std::size_t i = 0; i < stages_.size(); ++i) {
            fan_out(i);
        }
        for (std::size_t i = 0; i < stages_.size(); ++i) {
            fan_in(i);
        }
        for (std::size_t i = 0; i < wiring_.edges.size(); ++i) {
            add_edge(i);
        }
        for (Conduit& merged : merged_) {
            conduits_.push_back(std::move(merged));
        }
        for (const PlannedEndpoint& endpoint : endpoints) {
            add_endpoint(endpoint);
        }
        return std::move(conduits_);
    }

  private:
    const Stage& stage(int index) const { return stages_[index]; }

    End output_end(int stage_index, int port) const {
        const Stage& of = stage(stage_index);
        return {stage_index, output_descriptor(of, port),
                of.name.value + "." + output_name(of, port)};
    }

    End input_end(int stage_index, int port) const {
        const Stage& of = stage(stage_index);
        return {stage_index, input_descriptor(of, port),
                of.name.value + "." + input_name(of, port)};
    }

    std::string names_of_readers(const std::vector<int>& edges) const {
        std::vector<std::string> names;
        for (const int edge : edges) {
            names.push_back(stage(wiring_.edges[edge].consumer).name.value);
        }
        return quoted_list(names, kNamesInReason);
    }

    std::string names_of_writers(const std::vector<int>& edges) const {
        std::vector<std::string> names;
        for (const int edge : edges) {
            names.push_back(stage(wiring_.edges[edge].producer).name.value);
        }
        return quoted_list(names, kNamesInReason);
    }

    void fan_out(std::size_t index) {
        const Stage& writer = stages_[index];
        bool shared = false;
        for (int port = 0; port < output_count(writer); ++port) {
            const auto& edges = wiring_.readers[index][port];
            End end = output_end(static_cast<int>(index), port);
            const bool keeps = port == kStdoutPort && plan_.processes[index].keeps;
            if (edges.empty()) {
                if (keeps) keep(writer, end, false);
                continue;
            }
            if (goes_to_file(writer, port)) {
                end = keep_in_file(writer, port, end);
            }
            if (keeps) end = keep(writer, end, true);
            if (edges.size() == 1) {
                writer_ends_[edges[0]] = end;
                continue;
            }
            shared = true;
            share(writer, port, end, edges);
        }
        if (writer.fan_out && !shared) {
            remarks_.warning(writer.fan_out->place,
                             "`fan-out` of stage '" + writer.name.value +
                                 "' has no effect: none of its outputs has several readers");
        }
    }

    static bool goes_to_file(const Stage& writer, int port) {
        return (port == kStdoutPort && std::holds_alternative<FileOutput>(writer.out)) ||
               (port == kStderrPort && std::holds_alternative<FileOutput>(writer.err));
    }

    /// A copier puts it into the file and passes it on. Returns the end at which it goes on. The
    /// file misses nothing when all readers leave early.
    End keep_in_file(const Stage& writer, int port, const End& end) {
        std::vector<Descriptor>& own = network_.process(end.process).descriptors;
        const auto file = std::find_if(own.begin(), own.end(), [&](const Descriptor& each) {
            return each.number == end.number && each.what == Descriptor::What::output_file;
        });
        const int output = file->index;
        own.erase(file);
        const int helper = network_.add_helper(
            job::Copy(), "keep:" + end.name, end.process, writer.name.place,
            "'" + end.name + "' goes to '" + plan_.outputs[output].path + "' and to its readers");
        add_conduit_to(helper, end, port, writer.name.place);
        const End kept = network_.next_end(helper);
        network_.process(helper).descriptors.push_back(
            {kept.number, Descriptor::What::output_file, output});
        return network_.next_end(helper);
    }

    /// A helper passes it on, and keeps it for later runs. Returns the end at which it goes on:
    /// to readers, or to where the stage itself would write.
    End keep(const Stage& writer, const End& end, bool read) {
        const int helper =
            network_.add_helper(job::Keep{.most = most_kept_, .outputs = {}}, "cache:" + end.name,
                                network_.owner_of(end.process), writer.name.place,
                                "what '" + writer.name.value + "' writes is kept for later runs");
        End out = network_.next_end(helper);
        const End file = network_.next_end(helper);
        if (!read) {
            std::vector<Descriptor>& own = network_.process(end.process).descriptors;
            const auto at = std::find_if(own.begin(), own.end(), [&](const Descriptor& each) {
                return each.number == end.number;
            });
            Descriptor moved = *at;
            own.erase(at);
            moved.number = out.number;
            network_.process(helper).descriptors.push_back(moved);
        }
        network_.process(helper).descriptors.push_back(
            {file.number, Descriptor::What::stream_file, static_cast<int>(plan_.streams.size())});
        plan_.streams.push_back({network_.owner_of(end.process), helper});
        add_conduit_to(helper, end, kStdoutPort, writer.name.place);
        conduits_.back().gate = read && waits_at_gates(network_.owner_of(end.process));
        return out;
    }

    /// All that the stage writes waits for its end, so that who passes it on never waits for room.
    [[nodiscard]] bool waits_at_gates(int stage) const {
        return std::ranges::all_of(wiring_.readers[static_cast<std::size_t>(stage)][kStdoutPort],
                                   [&](int edge) { return is_gate(wiring_.edges[edge]); });
    }

    void add_conduit_to(int helper, const End& end, int port, Place place) {
        Conduit conduit;
        conduit.writer = end;
        conduit.writer_opens_path =
            network_.is_stage(end.process) && opens_output(end.process, port);
        conduit.reader = network_.standard_end(helper, 0);
        conduit.channel = default_channel();
        conduit.place = place;
        conduits_.push_back(std::move(conduit));
    }

    void share(const Stage& writer, int port, const End& end, const std::vector<int>& edges) {
        FanOut how;
        if (writer.fan_out) how = *writer.fan_out;
        const Place place = writer.fan_out ? writer.fan_out->place : writer.name.place;
        const std::string readers = names_of_readers(edges);
        job::Job job = job::Copy();
        std::string reason = "'" + end.name + "' is read by " + readers;
        if (how.kind == FanOut::Kind::deal) {
            job = job::Deal();
            reason = "the lines of '" + end.name + "' are dealt to " + readers;
        } else if (how.kind == FanOut::Kind::hash) {
            job = job::Hash{.field = static_cast<std::uint64_t>(how.field), .outputs = {}};
            const std::string by =
                how.field == 0 ? "by the line" : "by field " + std::to_string(how.field);
            reason = "the lines of '" + end.name + "' are shared " + by + " among " + readers;
        } else if (how.kind == FanOut::Kind::type) {
            const int field = std::max(1, how.field);
            job = job::Route{.field = static_cast<std::uint64_t>(field),
                             .types = types_of(edges, place),
                             .outputs = {}};
            reason = "the lines of '" + end.name + "' go to " + readers + " by the type in field " +
                     std::to_string(field);
        }
        const std::string name = std::string(job::name_of(job)) + ":" + end.name;
        const int helper = network_.add_helper(std::move(job), name, network_.owner_of(end.process),
                                               place, reason);
        add_conduit_to(helper, end, port, place);
        for (const int edge : edges) {
            writer_ends_[edge] = network_.next_end(helper);
        }
    }

    /// The types that the readers take, in the order of the edges.
    std::vector<std::string> types_of(const std::vector<int>& edges, Place place) {
        std::vector<std::string> types;
        std::set<std::uint64_t> seen;
        for (const int edge : edges) {
            const std::uint64_t type = type_of(channels_[edge]).value_or(0);
            const std::string& reader = stage(wiring_.edges[edge].consumer).name.value;
            if (type == 0) {
                remarks_.error(place, "'" + reader + "' takes no type of its own",
                               "via = { channel = \"sysv-mq\", type = 1 } at each reader");
            } else if (!seen.insert(type).second) {
                remarks_.error(place, "'" + reader + "' takes type " + std::to_string(type) +
                                          ", and so does another reader");
            }
            types.push_back(std::to_string(type));
        }
        return types;
    }

    void fan_in(std::size_t index) {
        const Stage& reader = stages_[index];
        bool merged = false;
        for (int port = 0; port < input_count(reader); ++port) {
            const auto& edges = wiring_.feeds[index][port];
            if (edges.empty()) continue;
            End end = input_end(static_cast<int>(index), port);
            if (is_file(edges)) end = store(reader, end, edges);
            if (edges.size() == 1) {
                reader_ends_[edges[0]] = end;
                continue;
            }
            merged = true;
            merge(reader, port, end, edges);
        }
        if (reader.fan_in && !merged) {
            remarks_.warning(reader.fan_in->place,
                             "`fan-in` of stage '" + reader.name.value +
                                 "' has no effect: none of its inputs has several feeds");
        }
    }

    [[nodiscard]] bool is_file(const std::vector<int>& edges) const {
        return std::any_of(edges.begin(), edges.end(), [this](int edge) {
            const Feed* feed = wiring_.edges[edge].feed;
            return feed != nullptr && feed->as_file;
        });
    }

    /// The stage's end is a file, which a helper fills before the stage starts. Returns the
    /// helper's end.
    End store(const Stage& reader, const End& end, const std::vector<int>& edges) {
        const int helper = network_.add_helper(
            job::Copy(), "store:" + end.name, end.process, wiring_.edges[edges[0]].place,
            "'" + end.name + "' is a file with all of " + names_of_writers(edges) + ", and '" +
                reader.name.value + "' starts when that is complete");
        network_.process(helper).descriptors.push_back(
            {network_.next_end(helper).number, Descriptor::What::spool_writer, plan_.spools});
        Process& stage = network_.process(end.process);
        stage.descriptors.push_back({end.number, Descriptor::What::spool_reader, plan_.spools});
        stage.after.push_back({helper, false});
        ++plan_.spools;
        return network_.standard_end(helper, 0);
    }

    void merge(const Stage& reader, int port, const End& end, const std::vector<int>& edges) {
        const bool lines = reader.fan_in && reader.fan_in->value == FanInKind::lines;
        const job::Job job = lines ? job::Job(job::Lines()) : job::Job(job::Concat());
        const Place place = wiring_.edges[edges[0]].place;
        const std::string reason =
            "'" + end.name + "' reads " + names_of_writers(edges) +
            (lines ? ": lines as they come, none torn" : ", one after the other");
        const int helper = network_.add_helper(job, std::string(job::name_of(job)) + ":" + end.name,
                                               end.process, place, reason);
        for (const int edge : edges) {
            reader_ends_[edge] = network_.next_end(helper);
        }
        Conduit conduit;
        conduit.writer = network_.standard_end(helper, 1);
        conduit.reader = end;
        conduit.reader_opens_path = opens_input(end.process, port);
        conduit.channel = default_channel();
        conduit.place = place;
        merged_.push_back(std::move(conduit));
    }

    void add_endpoint(const PlannedEndpoint& endpoint) {
        const std::string& where = endpoint.at.endpoint;
        const int helper = network_.add_helper(
            endpoint.input ? job::Job(job::Get{endpoint.at, endpoint.foreign})
                           : job::Job(job::Put{
                                 .at = endpoint.at, .foreign = endpoint.foreign, .lines = false}),
            (endpoint.input ? "get:" : "put:") + endpoint.name, endpoint.stage, endpoint.place,
            endpoint.input ? "'" + endpoint.name + "' reads what comes from " + where
                           : "what '" + endpoint.name + "' writes goes to " + where);
        Conduit conduit;
        const End of_stage{endpoint.stage, endpoint.number, endpoint.name};
        conduit.writer = endpoint.input ? network_.standard_end(helper, 1) : of_stage;
        conduit.reader = endpoint.input ? of_stage : network_.standard_end(helper, 0);
        conduit.channel = default_channel();
        conduit.place = endpoint.place;
        conduits_.push_back(std::move(conduit));
    }

    /// Named ports are opened by their path, and the standard ones where the command says so.
    [[nodiscard]] bool opens_input(int process, int port) const {
        return input_is_named(port) || names(process, "/dev/stdin");
    }
    [[nodiscard]] bool opens_output(int process, int port) const {
        return output_is_named(port) ||
               names(process, port == kStdoutPort ? "/dev/stdout" : "/dev/stderr");
    }
    [[nodiscard]] bool names(int process, const char* path) const {
        const std::vector<std::string>& argv = network_.process(process).argv;
        return std::any_of(argv.begin(), argv.end(), [path](const std::string& word) {
            return word.find(path) != std::string::npos;
        });
    }

    void add_edge(std::size_t index) {
        const WiredEdge& wired = wiring_.edges[index];
        const Channel& channel = channels_[index];
        plan_.edges.push_back({output_end(wired.producer, wired.out_port).name,
                               input_end(wired.consumer, wired.in_port).name,
                               std::string(channel.kind->name), -1, -1, wired.back, is_gate(wired),
                               channel::flag_of(channel.settings, "keep", false)});
        if (wired.two_way) pair_up(index);
        const Stage& reader = stage(wired.consumer);
        Conduit conduit;
        conduit.writer = std::move(writer_ends_[index]);
        conduit.reader = std::move(reader_ends_[index]);
        conduit.writer_opens_path = network_.is_stage(conduit.writer.process) &&
                                    opens_output(conduit.writer.process, wired.out_port);
        conduit.reader_opens_path = network_.is_stage(conduit.reader.process) &&
                                    opens_input(conduit.reader.process, wired.in_port);
        conduit.channel = channel;
        if (wired.feed != nullptr && wired.feed->buffer) {
            conduit.buffer = &*wired.feed->buffer;
        } else if (reader.buffer) {
            conduit.buffer = &*reader.buffer;
        }
        conduit.edge = static_cast<int>(index);
        conduit.back = wired.back;
        conduit.place = wired.place;
        if (is_gate(wired)) close_gate(wired, conduit);
        conduits_.push_back(std::move(conduit));
    }

    /// The bytes wait where there is room for all of them.
    void close_gate(const WiredEdge& wired, Conduit& conduit) {
        conduit.gate = true;
        const bool as_file = wired.feed->as_file;
        if (conduit.buffer != nullptr && (as_file || conduit.buffer->kind != Buffer::Kind::spill)) {
            remarks_.error(conduit.buffer->place, "a gate has room for all that comes",
                           as_file ? "leave `buffer` out: the data is a file"
                                   : "leave `buffer` out, or make it \"spill\"");
        }
        if (as_file) return;
        std::vector<Predecessor>& after = plan_.processes[wired.consumer].after;
        after.push_back({wired.producer, false});
        // what is kept of it is whole by then, too
        const auto kept = std::ranges::find(plan_.streams, wired.producer, &KeptStream::stage);
        if (kept != plan_.streams.end()) after.push_back({kept->helper, false});
        if (conduit.buffer == nullptr && !conduit.channel.kind->follower) {
            conduit.spill_reason = "a gate: '" + stage(wired.consumer).name.value +
                                   "' starts when '" + stage(wired.producer).name.value +
                                   "' has ended well: " + format_size(kSpillMemory) +
                                   " in memory, then disk";
        }
    }

    /// Of the two edges of a pair the second one to be added tells both of each other.
    void pair_up(std::size_t index) {
        const WiredEdge& wired = wiring_.edges[index];
        const int other = wiring_.feeds[wired.producer][kStdinPort].front();
        if (other > static_cast<int>(index)) return;
        plan_.edges[index].partner = other;
        plan_.edges[other].partner = static_cast<int>(index);
    }

    const std::vector<Stage>& stages_;
    const Wiring& wiring_;
    const std::vector<Channel>& channels_;
    Plan& plan_;
    Network& network_;
    std::optional<std::uint64_t> most_kept_;
    Remarks& remarks_;
    std::vector<End> writer_ends_;  ///< [edge]
    std::vector<End> reader_ends_;  ///< [edge]
    std::vector<Conduit> conduits_;
    std::vector<Conduit> merged_;  ///< from mergers to their stages
};

}  // namespace

std::vector<Conduit> lay_out(const Definition& definition, const Wiring& wiring,
                             const std::vector<Channel>& channels, Plan& plan, Network& network,
                             const std::vector<PlannedEndpoint>& endpoints,
                             std::optional<std::uint64_t> most_kept, Remarks& remarks) {
    return Layouter(definition, wiring, channels, plan, network, most_kept, remarks).run(endpoints);
}

}  // namespace pipectl
