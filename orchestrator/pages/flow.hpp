#pragma once

// What flowed over each edge, taken from a summary: which stages it joins, what was waited for at
// it, and its throughput over time.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// The indices of Summary::stages that an edge joins; -1: the record has no such stage.
struct EdgeEnds {
    int from = -1;
    int to = -1;
    std::string from_port, to_port;
};

std::vector<EdgeEnds> edge_ends(const Summary& summary);

/// The account of the edge that carried most; null: of none it is known how much. Upper bounds do
/// not count.
const EdgeAccounted* widest_edge(const Summary& summary);

/// What an edge's fill level says: `full` means that its writer waited, `empty` that its reader
/// did. Behind a gate nobody waits for room: its reader began when its writer had ended, and until
/// then all of it was kept.
enum class Pressure { unknown, balanced, empty, full, gate };

Pressure pressure_of(const Summary& summary, const EdgeSummary& edge);

/// "full 81 %", "empty 94 %", "flowing", "a gate"; empty when nothing is known.
std::string pressure_words(const Summary& summary, const EdgeSummary& edge);

/// The class of the style sheet that has its colour.
const char* pressure_style(Pressure pressure);

struct CurvePoint {
    double at_s = 0;
    double value = 0;
};

/// Bytes per second over the time, at most `points` of them. Empty when no process at its ends has
/// only this edge to count.
std::vector<CurvePoint> throughput_of(const Summary& summary, const std::vector<EdgeEnds>& ends,
                                      std::size_t edge, std::size_t points);

/// Bytes that waited in the edge; the highest of each group of moments.
std::vector<CurvePoint> fill_of(const Summary& summary, std::size_t edge, std::size_t points);

}  // namespace pipectl
