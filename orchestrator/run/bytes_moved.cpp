#include "orchestrator/run/bytes_moved.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace pipectl {

namespace {

/// Bounds that are apart by less than one part in so many are as good as a number.
constexpr std::int64_t kCloseBounds = 20;

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
          several_(std::move(evidence.several)),
          several_read_(std::move(evidence.several_read)),
          carried_(std::move(evidence.carried)),
          edges_(plan.edges.size()) {
        several_.resize(plan.processes.size(), false);
        several_read_.resize(plan.processes.size(), false);
        carried_.resize(plan.links.size());
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
        for (const auto& count : evidence.counts) {
            read_.push_back(count ? Bytes(count->read) : std::nullopt);
            written_.push_back(count ? Bytes(count->written) : std::nullopt);
        }
        distrust_native_ends();
        distrust_splicers();
    }

    BytesMoved make() {
        BytesMoved moved;
        std::vector<std::map<std::string_view, Moved>> ports(plan_.processes.size());
        for (std::size_t i = 0; i < plan_.edges.size(); ++i) {
            moved.edges.push_back(of_edge(i));
            if (const int from = ends_[i].producer; from >= 0) {
                // readers that share a port: what the one that took most has got
                auto& port = ports[static_cast<std::size_t>(from)][plan_.edges[i].from];
                port = moved.edges[i].bytes >= port.bytes ? moved.edges[i] : port;
            }
        }
        for (std::size_t i = 0; i < plan_.processes.size(); ++i) {
            StageBytes stage;
            const std::optional<Moved> arrived = by_edges(i);
            const bool all_edges = arrived && arrived->bytes && !reads_elsewhere(i);
            stage.in = all_edges ? *arrived : elsewhere_read(i);
            if (!ports[i].empty() && !writes_elsewhere(i)) {
                stage.out = {0, Exactness::counted};
                for (const auto& [name, bytes] : ports[i]) {
                    stage.out = sum_of(stage.out, bytes);
                }
            } else {
                stage.out = all_written(i);
            }
            moved.processes.push_back(stage);
        }
        return moved;
    }

  private:
    /// A native stage uses a bridged channel in place: no system call moves its bytes.
    void distrust_native_ends() {
        for (const Link& link : plan_.links) {
            if (link.kind->ends == channel::Ends::bridged) {
                written_[static_cast<std::size_t>(link.writer)].reset();
                read_[static_cast<std::size_t>(link.reader)].reset();
            }
        }
    }

    /// Nobody can read what was not written.
    void distrust_splicers() {
        std::vector<bool> splices(plan_.processes.size(), false);
        for (const EdgeEnds& ends : ends_) {
            const Bytes wrote = of(written_, ends.producer);
            const Bytes read = of(read_, ends.consumer);
            const bool tiny = wrote && *wrote < kStartingTakes;
            if (tiny && read && *read > *wrote + 4 * kStartingTakes &&
                inputs_of(ends.consumer) == 1) {
                splices[static_cast<std::size_t>(ends.producer)] = true;
            }
        }
        for (std::size_t i = 0; i < splices.size(); ++i) {
            if (splices[i]) {
                written_[i].reset();
                read_[i].reset();
            }
        }
    }

    [[nodiscard]] static Bytes of(const std::vector<Bytes>& counts, int process) {
        return process < 0 ? std::nullopt : counts[static_cast<std::size_t>(process)];
    }

    /// Found once: the edges of a graph without circles may ask for those before them.
    const Moved& of_edge(std::size_t edge) {
        if (!edges_[edge]) {
            edges_[edge] = find_edge(edge);
        }
        return *edges_[edge];
    }

    [[nodiscard]] Moved find_edge(std::size_t edge) {
        if (const Bytes carried = counted_by_link(plan_.edges[edge].link)) {
            return {carried, Exactness::counted};
        }
        const EdgeEnds& ends = ends_[edge];
        const Bytes wrote = of(written_, ends.producer);
        const Bytes read = of(read_, ends.consumer);
        if (wrote) {
            const std::int64_t bytes = read ? std::min(*wrote, *read) : *wrote;
            const auto producer = static_cast<std::size_t>(ends.producer);
            return {bytes, several_[producer] && !is_close(bytes, surely_out(producer))
                               ? Exactness::at_most
                               : Exactness::sampled};
        }
        if (read && inputs_of(ends.consumer) == 1) {
            const bool several = several_read_[static_cast<std::size_t>(ends.consumer)];
            return {read, several || !is_close(*read, *read - kStartingTakes) ? Exactness::at_most
                                                                              : Exactness::sampled};
        }
        return {};
    }

    static bool is_close(std::int64_t most, std::int64_t least) {
        return most == 0 || most - least < most / kCloseBounds;
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

    /// The link at the reader's end of an edge, or the one before it behind a bridge.
    [[nodiscard]] Bytes counted_by_link(int link) const {
        if (link < 0 || carried_[static_cast<std::size_t>(link)]) {
            return link < 0 ? std::nullopt : carried_[static_cast<std::size_t>(link)];
        }
        const int writer = plan_.links[static_cast<std::size_t>(link)].writer;
        if (plan_.processes[static_cast<std::size_t>(writer)].helper == "receive") {
            for (std::size_t i = 0; i < plan_.links.size(); ++i) {
                if (plan_.links[i].reader == writer) {
                    return carried_[i];
                }
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] Moved all_written(std::size_t process) {
        const Bytes wrote = written_[process];
        const bool exact = wrote && (!several_[process] || is_close(*wrote, surely_out(process)));
        return {wrote, exact ? Exactness::sampled : Exactness::at_most};
    }

    [[nodiscard]] std::int64_t inputs_of(int process) const {
        return std::ranges::count_if(
            ends_, [process](const EdgeEnds& ends) { return ends.consumer == process; });
    }

    /// Its input, or a part of it, is no edge's: what it read in all, unless that is so little that
    /// it may be the program itself.
    [[nodiscard]] Moved elsewhere_read(std::size_t process) const {
        const Bytes read = read_[process];
        return {read && *read > kStartingTakes ? read : std::nullopt,
                several_read_[process] ? Exactness::at_most : Exactness::sampled};
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
    std::vector<bool> several_, several_read_;
    std::vector<Bytes> carried_;
    std::vector<std::optional<Moved>> edges_;
    std::vector<EdgeEnds> ends_;
    std::vector<Bytes> read_, written_;
};

}  // namespace

BytesMoved bytes_moved(const Plan& plan, ByteEvidence evidence) {
    return Estimate(plan, std::move(evidence)).make();
}

}  // namespace pipectl
