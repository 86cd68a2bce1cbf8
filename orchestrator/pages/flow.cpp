#include "orchestrator/pages/flow.hpp"

#include <algorithm>
#include <cstdlib>
#include <unordered_map>
#include <utility>

#include "orchestrator/pages/page_words.hpp"

namespace pipectl {
namespace {

/// Below this share of its samples an edge is called neither full nor empty.
constexpr double kWorthTelling = 0.25;

/// "read.stdout" taken apart; names of ports have no dots.
std::pair<std::string, std::string> split_port(const std::string& end) {
    const std::size_t dot = end.rfind('.');
    return {end.substr(0, dot), dot == std::string::npos ? "" : end.substr(dot + 1)};
}

std::size_t group_size(std::size_t moments, std::size_t points) {
    return points == 0 ? moments + 1 : (moments + points - 1) / points;
}

/// Whether an end of `edge` is the only one of its process on that side.
bool alone(const std::vector<EdgeEnds>& ends, std::size_t edge, int EdgeEnds::*side) {
    const int process = ends[edge].*side;
    return process >= 0 && std::ranges::count(ends, process, side) == 1;
}

/// Which of its ends has counted what the edge is known to have carried: a program that splices has
/// not.
bool writer_tells(const Summary& summary, const EdgeEnds& ends, std::size_t edge) {
    const auto& account = summary.edges[edge].account;
    const std::size_t from = ends.from;
    const std::size_t to = ends.to;
    if (!account || !account->bytes || summary.moments.empty() ||
        std::max(from, to) >= summary.moments.back().seen.processes.size()) {
        return true;
    }
    const auto& seen = summary.moments.back().seen.processes;
    return std::llabs(seen[from].bytes_out - *account->bytes) <=
           std::llabs(seen[to].bytes_in - *account->bytes);
}

/// Null: the record has no such stage.
const StageSummary* stage_at(const Summary& summary, const std::string& port) {
    const auto found =
        std::ranges::find(summary.stages, split_port(port).first, &StageSummary::name);
    return found == summary.stages.end() ? nullptr : &*found;
}

}  // namespace

std::vector<EdgeEnds> edge_ends(const Summary& summary) {
    std::unordered_map<std::string, int> index;
    for (std::size_t i = 0; i < summary.stages.size(); ++i) {
        index.emplace(summary.stages[i].name, static_cast<int>(i));
    }
    const auto find = [&](const std::string& name) {
        const auto found = index.find(name);
        return found == index.end() ? -1 : found->second;
    };
    std::vector<EdgeEnds> ends;
    for (const EdgeSummary& edge : summary.edges) {
        auto [from, out] = split_port(edge.from);
        auto [to, in] = split_port(edge.to);
        ends.push_back({find(from), find(to), std::move(out), std::move(in)});
    }
    return ends;
}

const EdgeAccounted* widest_edge(const Summary& summary) {
    const EdgeAccounted* widest = nullptr;
    for (const EdgeSummary& edge : summary.edges) {
        const bool known =
            edge.account && edge.account->bytes && edge.account->bytes_are != Exactness::at_most;
        if (known && (widest == nullptr || *edge.account->bytes > *widest->bytes)) {
            widest = &*edge.account;
        }
    }
    return widest;
}

Pressure pressure_of(const Summary& summary, const EdgeSummary& edge) {
    const StageSummary* const writer = stage_at(summary, edge.from);
    const StageSummary* const reader = stage_at(summary, edge.to);
    if (writer != nullptr && reader != nullptr && writer->end_s && reader->start_s &&
        *reader->start_s >= *writer->end_s) {
        return Pressure::gate;
    }
    if (!edge.account || edge.account->samples <= 0) {
        return Pressure::unknown;
    }
    const double full = edge.account->full;
    const double empty = edge.account->empty;
    if (std::max(full, empty) < kWorthTelling) {
        return Pressure::balanced;
    }
    return full >= empty ? Pressure::full : Pressure::empty;
}

std::string pressure_words(const Summary& summary, const EdgeSummary& edge) {
    switch (pressure_of(summary, edge)) {
        case Pressure::gate: return "a gate";
        case Pressure::full: return "full " + percent(edge.account->full);
        case Pressure::empty: return "empty " + percent(edge.account->empty);
        case Pressure::balanced: return "flowing";
        case Pressure::unknown: break;
    }
    return {};
}

const char* pressure_style(Pressure pressure) {
    switch (pressure) {
        case Pressure::full: return "output";
        case Pressure::empty: return "input";
        case Pressure::balanced: return "running";
        case Pressure::gate:
        case Pressure::unknown: break;
    }
    return "";
}

std::vector<CurvePoint> throughput_of(const Summary& summary, const std::vector<EdgeEnds>& ends,
                                      std::size_t edge, std::size_t points) {
    const bool writer = alone(ends, edge, &EdgeEnds::from);
    const bool reader = alone(ends, edge, &EdgeEnds::to);
    if (points == 0 || (!writer && !reader)) {
        return {};
    }
    const bool by_writer = writer && (!reader || writer_tells(summary, ends[edge], edge));
    const std::size_t process = by_writer ? ends[edge].from : ends[edge].to;
    const std::size_t group = group_size(summary.moments.size(), points);
    std::vector<CurvePoint> curve;
    double before_s = 0;
    std::int64_t before = 0;
    for (std::size_t i = group - 1; i < summary.moments.size(); i += group) {
        const Moment& moment = summary.moments[i];
        std::int64_t bytes = -1;
        if (process < moment.seen.processes.size()) {
            const auto& seen = moment.seen.processes[process];
            bytes = by_writer ? seen.bytes_out : seen.bytes_in;
        }
        // a process that has ended counts no more
        const double rate = bytes < before || moment.at_s <= before_s
                                ? 0
                                : static_cast<double>(bytes - before) / (moment.at_s - before_s);
        curve.push_back({moment.at_s, rate});
        before = std::max(before, bytes);
        before_s = moment.at_s;
    }
    const bool any = std::ranges::any_of(curve, [](const auto& point) { return point.value > 0; });
    return any ? curve : std::vector<CurvePoint>();
}

std::vector<CurvePoint> fill_of(const Summary& summary, std::size_t edge, std::size_t points) {
    const std::size_t group = group_size(summary.moments.size(), points);
    std::vector<CurvePoint> curve;
    bool known = false;
    for (std::size_t first = 0; points > 0 && first < summary.moments.size(); first += group) {
        const std::size_t end = std::min(first + group, summary.moments.size());
        std::int64_t most = 0;
        for (std::size_t i = first; i < end; ++i) {
            const auto& filled = summary.moments[i].seen.filled;
            const std::int64_t bytes = edge < filled.size() ? filled[edge] : -1;
            known = known || bytes >= 0;
            most = std::max(most, bytes);
        }
        curve.push_back({summary.moments[end - 1].at_s, static_cast<double>(most)});
    }
    return known ? curve : std::vector<CurvePoint>();
}

}  // namespace pipectl
