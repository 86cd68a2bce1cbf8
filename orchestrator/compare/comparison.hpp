#pragma once

// What `pipectl compare` found: a plain result that all its reports are rendered from (text, JSON,
// Markdown, HTML).
//
// A *candidate* is a channel that was tried, perhaps with a size, on all edges or on those that
// feed one stage. All candidates ran in turn, in an order that was shuffled anew for every round,
// so that run `i` of one row stands beside run `i` of every other. Texts that come from outside
// (stage names, reasons) are as they were: who renders them makes them harmless.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pipectl::compare {

/// A median, or a ratio of medians, with its 95 % interval (bootstrap over the rounds).
struct Estimate {
    double value = 0;
    double low = 0;
    double high = 0;
};

/// One counted run.
struct Run {
    double wall_s = 0;           ///< from the run's begin to the end of its last process
    double cpu_s = 0;            ///< user and system time of all processes, helpers among them
    double system_s = 0;         ///< the kernel's part of it
    double helpers_cpu_s = 0;    ///< the helpers' part of it
    double busiest_s = 0;        ///< user time of the stage that took most of it
    int helpers = 0;             ///< processes that are no stages
    std::int64_t bytes = 0;      ///< over all edges, as far as they are known
    std::int64_t switches = 0;   ///< context switches of all of them
    std::int64_t rss_bytes = 0;  ///< sum of what each of them had in memory at its highest
    std::optional<double> first_byte_s;  ///< when a sink got its first byte; absent: none did
    std::int64_t round_trips = 0;        ///< that stages told of; 0: none did
};

/// One candidate. When `failed` is not empty the figures mean nothing.
struct Row {
    std::string channel;
    std::string size;    ///< Candidate::size
    std::string failed;  ///< why it could not be measured, one sentence

    std::vector<Run> runs;  ///< in the order of the rounds
    Estimate median;        ///< wall seconds
    Estimate ratio;         ///< its median by the baseline's: below 1 is faster
    double p_value = 1;     ///< that it differs from the baseline by chance, corrected for the rows
    bool differs = false;   ///< significantly from the baseline
    bool leads = false;     ///< not told apart from the fastest row

    double cpu_s = 0;  ///< medians of the runs
    double system_s = 0;
    double helpers_cpu_s = 0;
    double busiest_s = 0;
    double helpers = 0;
    double bytes = 0;
    double switches = 0;
    double rss_bytes = 0;
    std::optional<double> first_byte_s;
    std::optional<double> round_trip_s;  ///< of one, where stages told how many they made

    std::string digest;              ///< XXH3 of what all sinks got, 16 hex digits; empty: none
    std::optional<bool> same_bytes;  ///< as the reference run; absent: cannot be told
    int outliers = 0;                ///< runs far from the median (modified Z-score)

    /// "pipe", "pipe 1MiB": how people are told of it.
    [[nodiscard]] std::string label() const {
        return size.empty() ? channel : channel + " " + size;
    }
};

/// It ran, and the figures mean something.
inline bool measured(const Row& row) {
    return row.failed.empty() && !row.runs.empty();
}

/// What got the pipeline's bytes in the reference run.
struct Sink {
    std::string name;  ///< "top.stdout"
    std::int64_t bytes = 0;
    std::string digest;  ///< 16 hex digits
};

/// The same candidates on the edges that feed one stage, the others as the definition has them.
struct Table {
    std::string stage;  ///< empty: all edges
    std::vector<Row> rows;
    int baseline = 0;  ///< index of rows: what ratios are relative to
    int best = -1;     ///< lowest median; -1: none could be measured
    /// The best is significantly faster than every other row.
    bool significant = false;
    /// What to take: the plainest row among those that lead, when these are significantly faster
    /// than the baseline; else the baseline. -1: nothing could be measured.
    int choice = -1;

    [[nodiscard]] bool worth_changing() const { return choice >= 0 && choice != baseline; }
};

/// Some stage told how many round trips it made.
inline bool tells_of_round_trips(const Table& table) {
    return std::any_of(table.rows.begin(), table.rows.end(),
                       [](const Row& row) { return row.round_trip_s.has_value(); });
}

struct Comparison {
    std::string pipeline;  ///< its name
    std::string source;    ///< the definition's path
    std::string started_at;
    int rounds = 0;  ///< counted runs that each row should have
    int warmup = 0;
    bool interrupted = false;  ///< rows have fewer runs than that

    Table table;                ///< of all edges, or of those that feed `table.stage`
    std::vector<Table> matrix;  ///< with --matrix: one for each stage that is fed
    std::vector<Sink> sinks;    ///< of the reference run, the definition as it is
    /// Every run of every row gave the reference's bytes to every sink; false: some did not though
    /// the pipeline itself gives the same each time; absent: it does not, or there is no sink.
    std::optional<bool> same_bytes;

    std::string answer;                 ///< one or two sentences
    std::vector<std::string> warnings;  ///< noise, outliers, too short, ...
    std::string command;                ///< that repeats it, as typed into a shell
    std::string toml;                   ///< lines to paste; empty: nothing is to be changed
};

}  // namespace pipectl::compare
