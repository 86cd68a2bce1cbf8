#include "orchestrator/bench/bench.hpp"

#include <algorithm>
#include <cmath>

#include "stages/base/error.hpp"

namespace pipectl::bench {

namespace {

/// The figures of one channel, a list of rounds for each column.
struct Samples {
    std::array<std::vector<double>, kBlocks.size()> rates;
    std::vector<double> two_cores;
    std::vector<double> one_core;
};

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double spread(const std::vector<double>& values) {
    if (values.empty()) return 0;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const double middle = median(values);
    return middle > 0 ? (*high - *low) / middle : 0;
}

void measure(const channel::Kind& kind, const Request& request, Interrupts& interrupts,
             Samples& samples) {
    const auto subject = [&](std::size_t block, bool one_core) {
        return Subject{kind, block, request.time, one_core, request.find_program};
    };
    for (std::size_t i = 0; i < kBlocks.size(); ++i) {
        samples.rates[i].push_back(throughput(subject(kBlocks[i], false), interrupts));
    }
    samples.two_cores.push_back(round_trip(subject(0, false), interrupts));
    samples.one_core.push_back(round_trip(subject(0, true), interrupts));
}

}  // namespace

Report run(const Request& request) {
    Interrupts interrupts;
    std::vector<Samples> samples(request.kinds.size());
    Samples memory;
    Report report;
    report.rounds = request.rounds;
    report.rows.resize(request.kinds.size());
    for (int round = 0; round < request.rounds; ++round) {
        for (std::size_t i = 0; i < kBlocks.size(); ++i) {
            memory.rates[i].push_back(memory_copy(kBlocks[i], request.time));
        }
        for (std::size_t i = 0; i < request.kinds.size(); ++i) {
            Row& row = report.rows[i];
            row.channel = request.kinds[i]->name;
            if (!row.error.empty()) continue;
            if (request.on_step) request.on_step(row.channel);
            try {
                measure(*request.kinds[i], request, interrupts, samples[i]);
            } catch (const SystemError& error) {
                row.error = error.what();
            }
        }
    }
    for (std::size_t i = 0; i < report.rows.size(); ++i) {
        Row& row = report.rows[i];
        for (std::size_t block = 0; block < kBlocks.size(); ++block) {
            row.bytes_per_s[block] = median(samples[i].rates[block]);
            row.spread = std::max(row.spread, spread(samples[i].rates[block]));
        }
        row.two_cores_s = median(samples[i].two_cores);
        row.one_core_s = median(samples[i].one_core);
    }
    for (std::size_t block = 0; block < kBlocks.size(); ++block) {
        report.memory_bytes_per_s[block] = median(memory.rates[block]);
        report.memory_spread = std::max(report.memory_spread, spread(memory.rates[block]));
    }
    return report;
}

}  // namespace pipectl::bench
