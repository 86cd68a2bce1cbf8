#pragma once

// Measures channels side by side: `rounds` times over all of them, so that what disturbs the
// machine for a moment disturbs no channel alone. Figures are medians of the rounds.

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "orchestrator/bench/measure.hpp"

namespace pipectl::bench {

inline constexpr std::array<std::size_t, 4> kBlocks = {64, 4096, 65536, 1048576};

struct Row {
    std::string channel;
    std::string error;  ///< why there are no figures
    std::array<double, kBlocks.size()> bytes_per_s{};
    double two_cores_s = 0;  ///< round trip; 0: none
    double one_core_s = 0;
    double spread = 0;  ///< the largest of (highest - lowest) / median over the throughputs
};

struct Report {
    std::vector<Row> rows;
    std::array<double, kBlocks.size()> memory_bytes_per_s{};
    double memory_spread = 0;
    int rounds = 0;
};

struct Request {
    std::vector<const channel::Kind*> kinds;
    int rounds = 3;
    Duration time{0.1};                                           ///< for each figure of a round
    std::function<std::string(const std::string&)> find_program;  ///< Subject::find_program
    std::function<void(const std::string&)>
        on_step;  ///< told of what is measured next; may be empty
};

Report run(const Request& request);

/// Tables for people, with a warning when the machine was too noisy to compare.
std::string render_text(const Report& report);
std::string render_json(const Report& report);

}  // namespace pipectl::bench
