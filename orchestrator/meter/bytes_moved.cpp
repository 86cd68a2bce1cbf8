#include "orchestrator/meter/bytes_moved.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "orchestrator/meter/edge_ways.hpp"
#include "orchestrator/meter/edge_witnesses.hpp"

namespace pipectl {

namespace {

using Bytes = std::optional<std::int64_t>;

struct EdgeEnds {
    int producer = -1;
    int consumer = -1;
};

/// "stage" of "stage.port": names have no dots.
std::string_view stage_of(std::string_view port) {
    return port.substr(0, port.rfind('.'));
}

/// The sum of two numbers is known if both are, and as good as the worse.
Moved sum_of(const Moved& one, const Moved& other) {
    return {one.bytes && other.bytes ? Bytes(*one.bytes + *other.bytes) : std::nullopt,
            std::max(one.are, other.are)};
}

class Estimate {
  public:
    Estimate(const Plan& plan, ByteEvidence evidence)
        : plan_(plan),
          known_(std::move(evidence)),
          ways_(plan),
          edges_(plan.edges.size()),
          asked_(plan.edges.size(), false) {
        known_.processes.resize(plan.processes.size());
        known_.carried.resize(plan.links.size());
        known_.left.resize(plan.links.size(), 0);
        std::unordered_map<std::string_view, int> by_name;
        for (std::size_t i = 0; i < plan.processes.size(); ++i) {
            by_name.emplace(plan.processes[i].name, static_cast<int>(i));
        }
        for (const Edge& edge : plan.edges) {
            const auto from = by_name.find(stage_of(edge.from));
            const auto to = by_name.find(stage_of(edge.to));
            ends_.push_back(
                {from == by_name.end() ? -1 : from->second, to == by_name.end() ? -1 : to->second});
        }
        for (const ProcessEvidence& known : known_.processes) {
            read_.push_back(known.count ? Bytes(known.count->read) : Bytes());
            written_.push_back(known.count ? Bytes(known.count->written) : Bytes());
        }
        distrust_native_ends();
        find_who_misses();
    }

    BytesMoved make() {
        BytesMoved moved;
        for (std::size_t i = 0; i < plan_.edges.size(); ++i) {
            moved.edges.push_back(of_edge(i));
        }
        for (std::size_t i = 0; i < plan_.processes.size(); ++i) {
            moved.processes.push_back(plan_.processes[i].role == Role::helper ? of_helper(i)
                                                                              : of_stage(i));
        }
        return moved;
    }

  private:
    [[nodiscard]] const ProcessEvidence& evidence(std::size_t process) const {
        return known_.processes[process];
    }

    [[nodiscard]] Bytes read_by(int process) const {
        return process < 0 ? Bytes() : read_[process];
    }
    [[nodiscard]] Bytes written_by(int process) const {
        return process < 0 ? Bytes() : written_[process];
    }

    /// What came over an edge, less what its reader left in it.
    [[nodiscard]] Witness writer_of(std::size_t edge) const {
        const int process = ends_[edge].producer;
        const Bytes wrote = written_by(process);
        if (!wrote) {
            return {};
        }
        const ProcessEvidence& known = evidence(process);
        return {std::max<std::int64_t>(*wrote - left_of(edge), 0),
                !known.of_others.written && !known.uncounted.out, known.seen_uncounted,
                known.of_others.written && !known.uncounted.out && !known.seen_uncounted};
    }

    [[nodiscard]] Witness reader_of(std::size_t edge) const {
        const int process = ends_[edge].consumer;
        const Bytes read = read_by(process);
        if (!read) {
            return {};
        }
        const ProcessEvidence& known = evidence(process);
        return {read, !known.of_others.read && !known.uncounted.in, known.seen_uncounted};
    }

    /// A native stage uses a bridged channel in place: no system call moves its bytes.
    void distrust_native_ends() {
        for (const Link& link : plan_.links) {
            if (link.kind->ends == channel::Ends::bridged) {
                written_[link.writer].reset();
                read_[link.reader].reset();
            }
        }
    }

    /// Who could have moved bytes past the count, and read less than a neighbour wrote to it, or
    /// wrote less than a neighbour read from it, is taken to have done so. Of two such nothing can
    /// be said, also where they agree.
    void find_who_misses() {
        const auto is_more = [](std::int64_t one, std::int64_t other) {
            return one > other + kStartingTakes && !is_close(one, other);
        };
        std::vector<bool> misses(plan_.processes.size(), false);
        for (std::size_t i = 0; i < ends_.size(); ++i) {
            const Witness wrote = writer_of(i);
            const Witness read = reader_of(i);
            if (!wrote.bytes || !read.bytes || counted(i)) {
                continue;
            }
            if (!wrote.counts_all && inputs_of(ends_[i].consumer) == 1 &&
                is_more(*read.bytes, *wrote.bytes)) {
                misses[ends_[i].producer] = true;
            }
            if (!read.counts_all && is_more(*wrote.bytes, *read.bytes)) {
                misses[ends_[i].consumer] = true;
            }
        }
        for (std::size_t i = 0; i < misses.size(); ++i) {
            known_.processes[i].seen_uncounted = known_.processes[i].seen_uncounted || misses[i];
        }
    }

    [[nodiscard]] bool is_left_unknown(std::size_t edge) const {
        const int link = plan_.edges[edge].link;
        return link >= 0 && known_.left[link] < 0;
    }

    [[nodiscard]] std::int64_t left_of(std::size_t edge) const {
        const int link = plan_.edges[edge].link;
        return link < 0 ? 0 : std::max<std::int64_t>(known_.left[link], 0);
    }

    /// Found once: edges may ask for those before them. One that comes to itself by that, over the
    /// way back of a two-way edge, is not known yet.
    const Moved& of_edge(std::size_t edge) {
        static const Moved kUnknown{std::nullopt, Exactness::at_most};
        if (!edges_[edge]) {
            if (asked_[edge]) return kUnknown;
            asked_[edge] = true;
            edges_[edge] = find_edge(edge);
        }
        return *edges_[edge];
    }

    [[nodiscard]] Moved find_edge(std::size_t edge) {
        const EdgeEnds& ends = ends_[edge];
        if (const Bytes carried = counted(edge)) {
            const Bytes read = read_by(ends.consumer);
            const bool all_taken = !is_left_unknown(edge) || !read || *read >= *carried;
            return {carried, all_taken ? Exactness::counted : Exactness::at_most};
        }
        const std::size_t producer = ends.producer;
        const Bytes surely = ends.producer >= 0 && evidence(producer).of_others.written
                                 ? Bytes(surely_out(producer))
                                 : Bytes();
        return moved_between(writer_of(edge), reader_of(edge), inputs_of(ends.consumer) == 1,
                             surely);
    }

    /// By the link that carries nothing else and is nearest to the reader.
    [[nodiscard]] Bytes counted(std::size_t edge) const {
        for (const int link : ways_.links(edge)) {
            const Bytes& carried = known_.carried[link];
            if (carried && ways_.alone(link)) {
                const std::int64_t left = link == plan_.edges[edge].link ? left_of(edge) : 0;
                return std::max<std::int64_t>(*carried - left, 0);
            }
        }
        return std::nullopt;
    }

    /// What a stage of several processes wrote to the outside, at least: what one of them handed to
    /// another was read by that one, beside what came in.
    [[nodiscard]] std::int64_t surely_out(std::size_t process) {
        const Bytes wrote = written_[process];
        const Bytes read = read_[process];
        if (!wrote || !read) {
            return 0;
        }
        const std::optional<Moved> arrived = by_edges(process);
        const bool sure = arrived && arrived->bytes && arrived->are != Exactness::at_most;
        return *wrote - (*read - (sure ? std::min(*arrived->bytes, *read) : 0));
    }

    /// Nothing when no edge ends there.
    [[nodiscard]] std::optional<Moved> by_edges(std::size_t process) {
        std::optional<Moved> arrived;
        for (std::size_t i = 0; i < ends_.size(); ++i) {
            if (ends_[i].consumer == static_cast<int>(process)) {
                arrived = arrived ? sum_of(*arrived, of_edge(i)) : of_edge(i);
            }
        }
        return arrived;
    }

    [[nodiscard]] StageBytes of_stage(std::size_t process) {
        const std::optional<Moved> arrived = by_edges(process);
        const bool all_edges = arrived && arrived->bytes && !reads_elsewhere(process);
        const auto ports = by_ports(process);
        StageBytes stage;
        stage.in = all_edges ? *arrived : elsewhere_read(process);
        if (ports.empty() || writes_elsewhere(process)) {
            stage.out = all_written(process);
        } else {
            stage.out = {0, Exactness::counted};
            for (const auto& [name, bytes] : ports) {
                stage.out = sum_of(stage.out, bytes);
            }
        }
        return stage;
    }

    /// What left by each port: where a helper took it, what that has counted; else what the reader
    /// that took most has got.
    [[nodiscard]] std::map<std::string_view, Moved> by_ports(std::size_t process) {
        std::map<std::string_view, Moved> ports;
        for (std::size_t i = 0; i < ends_.size(); ++i) {
            if (ends_[i].producer != static_cast<int>(process)) {
                continue;
            }
            auto& port = ports[plan_.edges[i].from];
            const std::vector<int>& way = ways_.links(i);
            const Bytes first = way.empty() ? Bytes() : known_.carried[way.back()];
            const Moved moved = first ? Moved{first, Exactness::counted} : of_edge(i);
            port = moved.bytes >= port.bytes ? moved : port;
        }
        return ports;
    }

    /// Helpers that say nothing of one of their ends move there what they move at the other one.
    [[nodiscard]] StageBytes of_helper(std::size_t process) const {
        StageBytes helper{{std::nullopt, Exactness::counted}, {std::nullopt, Exactness::counted}};
        for (std::size_t i = 0; i < plan_.links.size(); ++i) {
            const Bytes& carried = known_.carried[i];
            if (carried && plan_.links[i].reader == static_cast<int>(process)) {
                helper.in.bytes = helper.in.bytes.value_or(0) + *carried;
            }
            if (carried && plan_.links[i].writer == static_cast<int>(process)) {
                helper.out.bytes = helper.out.bytes.value_or(0) + *carried;
            }
        }
        helper.in.bytes = helper.in.bytes ? helper.in.bytes : helper.out.bytes;
        helper.out.bytes = helper.out.bytes ? helper.out.bytes : helper.in.bytes;
        return helper;
    }

    [[nodiscard]] Moved all_written(std::size_t process) {
        const ProcessEvidence& known = evidence(process);
        const Bytes wrote = written_[process];
        if (!wrote || known.seen_uncounted) {
            return {};
        }
        const bool exact = !known.of_others.written || is_close(*wrote, surely_out(process));
        return {wrote, exact ? Exactness::sampled : Exactness::at_most};
    }

    [[nodiscard]] std::int64_t inputs_of(int process) const {
        return std::ranges::count_if(
            ends_, [process](const EdgeEnds& ends) { return ends.consumer == process; });
    }

    /// Its input, or a part of it, is no edge's: what it read in all, unless that is so little that
    /// it may be the program itself.
    [[nodiscard]] Moved elsewhere_read(std::size_t process) const {
        const ProcessEvidence& known = evidence(process);
        const Bytes read = read_[process];
        if (!read || *read <= kStartingTakes || known.seen_uncounted) {
            return {};
        }
        return {read, known.of_others.read ? Exactness::at_most : Exactness::sampled};
    }

    [[nodiscard]] bool reads_elsewhere(std::size_t process) const {
        return std::ranges::any_of(
            plan_.processes[process].descriptors, [](const Descriptor& descriptor) {
                return descriptor.what == Descriptor::What::input_file ||
                       descriptor.what == Descriptor::What::text ||
                       (descriptor.what == Descriptor::What::inherited && descriptor.index == 0);
            });
    }

    /// Its stdout is no edge's.
    [[nodiscard]] bool writes_elsewhere(std::size_t process) const {
        return std::ranges::any_of(
            plan_.processes[process].descriptors, [](const Descriptor& descriptor) {
                using What = Descriptor::What;
                return descriptor.number == 1 &&
                       (descriptor.what == What::output_file || descriptor.what == What::inherited);
            });
    }

    const Plan& plan_;
    ByteEvidence known_;
    std::vector<Bytes> read_, written_;
    EdgeWays ways_;
    std::vector<std::optional<Moved>> edges_;
    std::vector<bool> asked_;  ///< [edge]
    std::vector<EdgeEnds> ends_;
};

}  // namespace

BytesMoved bytes_moved(const Plan& plan, ByteEvidence evidence) {
    return Estimate(plan, std::move(evidence)).make();
}

}  // namespace pipectl
