// Conduits to links: where a buffer, a follower of a spool file or a socket at a named port asks
// for a process of its own, one is put in between.

#include <unistd.h>

#include <cstdint>
#include <string>
#include <utility>

#include "orchestrator/plan/layout.hpp"
#include "orchestrator/plan/room.hpp"
#include "stages/base/units.hpp"

namespace pipectl {
namespace {

std::string sizes_of(const Buffer& buffer) {
    const std::string memory =
        format_size(buffer.memory.value_or(kSpillMemory)) + " in memory, then ";
    return buffer.disk ? memory + format_size(*buffer.disk) + " on disk" : memory + "disk";
}

class Realizer {
  public:
    Realizer(const Conduit& conduit, const Plan& plan, Network& network)
        : conduit_(conduit),
          network_(network),
          at_(conduit.writer),
          opens_path_(conduit.writer_opens_path),
          name_(conduit.edge >= 0 ? edge_name(plan.edges[conduit.edge])
                                  : conduit.writer.name + "->" + conduit.reader.name),
          owner_(network.owner_of(conduit.reader.process)) {}

    /// The same, with processes before the reader that see what it gets.
    int run_seen(const Onlookers& onlookers) {
        if (conduit_.edge < 0 || (!onlookers.record && !onlookers.tap)) return run();
        job::Job job = job::Tap();
        Onlookers rest = onlookers;
        if (onlookers.record) {
            job = job::Record{.edge = static_cast<std::uint64_t>(conduit_.edge), .file = -1};
        }
        const std::string what = onlookers.record ? "record" : "tap";
        (onlookers.record ? rest.record : rest.tap) = false;
        const int helper = add_helper(
            job, what.c_str(), "`--" + what + "` sees what '" + conduit_.reader.name + "' gets");
        network_.add_descriptor(
            helper, onlookers.record ? Descriptor::What::recording : Descriptor::What::tap,
            conduit_.edge);
        const End reader = std::exchange(conduit_.reader, network_.standard_end(helper, 0));
        conduit_.reader_opens_path = false;
        run_seen(rest);
        return link(network_.standard_end(helper, 1), reader, default_channel());
    }

    /// The link at the reader's end.
    int run() {
        add_buffer();
        const channel::Kind& kind = *conduit_.channel.kind;
        // a program that opens a spool file twice would write over its first lines, and a socket
        // cannot be opened by a path at all: ENXIO, see unix(7) and open(2)
        const bool bridged = kind.ends == channel::Ends::bridged;  // its ends are pipes
        if (opens_path_ && !bridged && (!kind.reopenable || kind.follower)) {
            go_through(job::Copy(), "port",
                       "'" + conduit_.writer.name + "' is opened by its path, which " +
                           std::string(kind.name) + " does not allow");
        }
        if (kind.follower) return follow();
        if (kind.ends == channel::Ends::bridged) return bridge();
        if (conduit_.reader_opens_path && !kind.reopenable) {
            const int helper =
                add_helper(job::Copy(), "port",
                           "'" + conduit_.reader.name + "' is opened by its path, which " +
                               std::string(kind.name) + " does not allow");
            link(at_, network_.standard_end(helper, 0), conduit_.channel);
            return link(network_.next_end(helper), conduit_.reader, default_channel());
        }
        return link(at_, conduit_.reader, conduit_.channel);
    }

  private:
    static std::string edge_name(const Edge& edge) { return edge.from + "->" + edge.to; }

    /// On the reader's host, where that is another one than the writer's.
    int add_helper(job::Job job, const char* label, std::string reason) {
        const int helper = network_.add_helper(std::move(job), std::string(label) + ":" + name_,
                                               owner_, conduit_.place, std::move(reason));
        network_.process(helper).host = network_.process(conduit_.reader.process).host;
        return helper;
    }

    int link(const End& writer, const End& reader, const Channel& channel) {
        return network_.add_link(writer, reader, channel, conduit_.place);
    }

    /// A pipe to a helper with one output, from which the way goes on.
    void go_through(job::Job job, const char* label, std::string reason) {
        const int helper = add_helper(std::move(job), label, std::move(reason));
        network_.process(helper).host = network_.process(at_.process).host;
        link(at_, network_.standard_end(helper, 0), default_channel());
        at_ = network_.next_end(helper);
        opens_path_ = false;
    }

    void add_buffer() {
        const Buffer* wanted = conduit_.buffer;
        if (wanted != nullptr && wanted->kind == Buffer::Kind::bounded) {
            go_through(copy_with_room(wanted), "buffer",
                       "`buffer` asks for " + format_size(wanted->room) + " of room");
        } else if (wanted != nullptr && wanted->kind == Buffer::Kind::spill) {
            go_through(copy_with_room(wanted), "spill",
                       "`buffer` asks for a spill buffer, " + sizes_of(*wanted));
        } else if (!conduit_.spill_reason.empty()) {
            go_through(copy_with_room(nullptr), "spill", conduit_.spill_reason);
        }
    }

    /// Standard error is written by libraries too, which know nothing of channels.
    bool speaks_channels(const End& end) const {
        return network_.is_stage(end.process) && network_.process(end.process).native &&
               end.number != STDERR_FILENO;
    }

    /// Programs get pipes, and the channel is between two bridges; a native stage needs none.
    int bridge() {
        const std::string name = "'" + std::string(conduit_.channel.kind->name) + "'";
        if (!speaks_channels(at_)) {
            job::Send send;
            send.lines = channel::text_of(conduit_.channel.settings, "records", "bytes") == "line";
            go_through(send, "send",
                       "it writes to " + name + " what '" + conduit_.writer.name + "' writes");
        }
        if (speaks_channels(conduit_.reader)) {
            return link(at_, conduit_.reader, conduit_.channel);
        }
        const int receiver =
            add_helper(job::Receive(), "receive",
                       "it reads from " + name + " for '" + conduit_.reader.name + "'");
        link(at_, network_.next_end(receiver), conduit_.channel);
        return link(network_.standard_end(receiver, 1), conduit_.reader, default_channel());
    }

    int follow() {
        const int helper =
            add_helper(job::Follow(), "follow",
                       "it reads the growing file for '" + conduit_.reader.name + "'");
        const int file = link(at_, network_.standard_end(helper, 0), conduit_.channel);
        network_.add_finish(helper, file);
        return link(network_.standard_end(helper, 1), conduit_.reader, default_channel());
    }

    Conduit conduit_;
    Network& network_;
    End at_;           ///< where the way has come to
    bool opens_path_;  ///< a program opens that end by its path
    std::string name_;
    int owner_;
};

}  // namespace

namespace {

/// Two links that are each other's way back become one object, where the kind has such a one and
/// nothing stands in between. A stage that shows its end by closing (`end = "closed"`) cannot do so
/// with a socket that is its stdin as well.
void join_return_ways(Plan& plan) {
    for (const Edge& edge : plan.edges) {
        if (edge.partner < 0 || edge.back) continue;
        const int there = edge.link;
        const int back = plan.edges[edge.partner].link;
        Link& one = plan.links[there];
        Link& other = plan.links[back];
        const auto closes = [&](int process) { return plan.processes[process].end_closed; };
        if (one.writer != other.reader || one.reader != other.writer || one.kind != other.kind ||
            one.kind->create_two_way == nullptr || one.settings != other.settings ||
            closes(one.writer) || closes(other.writer)) {
            continue;
        }
        one.return_way = back;
        other.return_way = there;
    }
}

}  // namespace

void realize(const std::vector<Conduit>& conduits, Plan& plan, Network& network,
             const Onlookers& onlookers) {
    for (const Conduit& conduit : conduits) {
        const int link = Realizer(conduit, plan, network).run_seen(onlookers);
        if (conduit.edge >= 0) {
            plan.edges[conduit.edge].link = link;
        }
    }
    join_return_ways(plan);
}

}  // namespace pipectl
