#pragma once

// A run that has ended, as far as lists and comparisons need it; its record has the rest.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/report/summary.hpp"

namespace pipectl::history {

struct PastStage {
    std::string name;
    std::string verdict;
    double wall_s = 0;
    double cpu_s = 0;
    /// What it took by itself: running, asleep or at a disk, but not waiting for its neighbours.
    /// Absent when nobody looked, because the run was short.
    std::optional<double> own_s;
    std::optional<std::int64_t> bytes_in, bytes_out;
};

struct PastRun {
    std::string run;         ///< its id
    std::string definition;  ///< see spool.hpp
    std::string pipeline;
    std::string source;
    std::string started_at;  ///< UTC, ISO 8601
    std::string verdict;     ///< empty: its end was not recorded
    int exit = 0;
    int signal = 0;
    double wall_s = 0;
    std::string commands;           ///< a digest of what the stages execute
    std::string params;             ///< a JSON object, in the order of its names
    std::int64_t input_bytes = 0;   ///< see difference.hpp
    std::vector<PastStage> stages;  ///< without helpers
};

PastRun past_run(const std::string& definition, const Summary& summary);

/// How a run compares with earlier ones of its definition.
struct Comparison {
    std::size_t earlier = 0;  ///< how many
    double median_s = 0;      ///< of their wall times
    double ratio = 1;         ///< the run's wall time by the median
    /// Per stage of the run: the median of what it took by itself earlier; absent for a new one.
    std::vector<std::optional<double>> stage_medians;
    /// The stage that took most of the additional time, when one did; index of PastRun::stages.
    std::optional<std::size_t> culprit;
};

/// What a stage took by itself, or, when nobody looked, its processor time: its run was over so
/// soon that the two do not differ much.
double own_time(const PastStage& stage);

/// Nothing when there are no earlier runs.
std::optional<Comparison> compare(const PastRun& run, const std::vector<PastRun>& earlier);

/// "2.1 times slower than the median of 12 earlier runs (3.4 s), and 'sort' is why: 6.2 s, usually
/// 2.5 s". Safe for a terminal.
std::string sentence(const PastRun& run, const Comparison& comparison);

}  // namespace pipectl::history
