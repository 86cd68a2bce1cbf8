#include "orchestrator/run/bytes_moved.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>

namespace pipectl {

namespace {

/// What a program reads and writes that is no data: itself, its libraries, a locale, a message.
constexpr std::int64_t kOverhead = std::int64_t{64} << 10;

using Bytes = std::optional<std::int64_t>;

struct EdgeEnds {
    int producer = -1;
    int consumer = -1;
};

/// "stage" of "stage.port": names have no dots.
std::string_view stage_of(std::string_view port) {
    return port.substr(0, port.rfind('.'));
}

class Estimate {
  public:
    Estimate(const Plan& plan, const std::vector<std::optional<IoCount>>& counts) : plan_(plan) {
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
        for (std::size_t i = 0; i < plan.processes.size(); ++i) {
            read_.push_back(counts[i] ? Bytes(counts[i]->read) : std::nullopt);
            written_.push_back(counts[i] ? Bytes(counts[i]->written) : std::nullopt);
        }
        distrust_native_ends();
        distrust_splicers();
    }

    BytesMoved make() {
        BytesMoved moved;
        std::vector<std::map<std::string_view, Bytes>> ports(plan_.processes.size());
        std::vector<Bytes> arrived(plan_.processes.size());
        std::vector<bool> unknown(plan_.processes.size(), false);
        for (std::size_t i = 0; i < plan_.edges.size(); ++i) {
            const Bytes bytes = of_edge(ends_[i]);
            moved.edges.push_back(bytes);
            if (const int from = ends_[i].producer; from >= 0) {
                // readers that share a port: what the one that took most has got
                Bytes& port = ports[static_cast<std::size_t>(from)][plan_.edges[i].from];
                port = std::max(port, bytes);
            }
            if (const int to = ends_[i].consumer; to >= 0) {
                const auto at = static_cast<std::size_t>(to);
                arrived[at] = arrived[at].value_or(0) + bytes.value_or(0);
                unknown[at] = unknown[at] || !bytes;
            }
        }
        for (std::size_t i = 0; i < plan_.processes.size(); ++i) {
            StageBytes stage;
            const bool all_edges = arrived[i] && !unknown[i] && !reads_elsewhere(i);
            stage.in = all_edges ? arrived[i] : elsewhere_read(i);
            stage.out = written_[i];
            if (!ports[i].empty() && !writes_elsewhere(i)) {
                stage.out = 0;
                for (const auto& [name, bytes] : ports[i]) {
                    stage.out = stage.out && bytes ? Bytes(*stage.out + *bytes) : std::nullopt;
                }
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
            if (wrote && read && *wrote<kOverhead&& * read> * wrote + 4 * kOverhead &&
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

    [[nodiscard]] Bytes of_edge(const EdgeEnds& ends) const {
        const Bytes wrote = of(written_, ends.producer);
        const Bytes read = of(read_, ends.consumer);
        if (wrote && read) {
            return std::min(*wrote, *read);
        }
        if (wrote) {
            return wrote;
        }
        return read && inputs_of(ends.consumer) == 1 ? read : std::nullopt;
    }

    [[nodiscard]] std::int64_t inputs_of(int process) const {
        return std::ranges::count_if(
            ends_, [process](const EdgeEnds& ends) { return ends.consumer == process; });
    }

    /// Its input, or a part of it, is no edge's: what it read in all, unless that is so little that
    /// it may be the program itself.
    [[nodiscard]] Bytes elsewhere_read(std::size_t process) const {
        const Bytes read = read_[process];
        return read && *read > kOverhead ? read : std::nullopt;
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
    std::vector<EdgeEnds> ends_;
    std::vector<Bytes> read_, written_;
};

}  // namespace

BytesMoved bytes_moved(const Plan& plan, const std::vector<std::optional<IoCount>>& counts) {
    return Estimate(plan, counts).make();
}

}  // namespace pipectl
