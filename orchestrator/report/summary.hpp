#pragma once

// What a run's events mean: one struct for each process, and how it all ended.
//
// Made from recorded events alone, also from those of a run that still goes on or whose end nobody
// recorded. All reports (story, table, record, status) are rendered from this.

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/event/event.hpp"

namespace pipectl {

/// A signal that the supervisor sent to a process.
struct SentSignal {
    int signal = 0;
    double at_s = 0;

    bool operator==(const SentSignal&) const = default;
};

struct StageSummary {
    std::string name;
    bool helper = false;
    std::vector<std::string> argv;
    int line = 0;
    bool cached = false;  ///< plays what an earlier run kept of it
    std::string host;     ///< where it runs; empty: on this machine
    std::optional<pid_t> pid;
    std::optional<Verdict> verdict;    ///< absent: not judged yet
    std::optional<ExitStatus> status;  ///< absent: it has not ended, or was never started
    int restarts = 0;                  ///< how often it was started again, or is about to be
    std::string limit;                 ///< which of its `limits` ended it; or empty
    std::string waited_for;            ///< units of semaphores, a lock; empty: for nothing
    std::optional<double> waits_from_s;
    std::optional<double> start_s;
    std::optional<double> end_s;
    ResourceUse use;
    std::vector<SentSignal> signals;
    std::optional<Account> account;     ///< absent: it has not ended, or nobody looked
    std::vector<ReplicaWork> replicas;  ///< from 0; empty: it is one process
    std::string start_error;            ///< why it could not be started
    std::string stderr_tail;            ///< its last lines
    bool stderr_shown = false;          ///< whoever reads our stderr has just seen them

    /// It waits for what it has to hold.
    [[nodiscard]] bool waits() const { return waits_from_s && !start_s && !end_s; }
    [[nodiscard]] bool running() const { return start_s && !end_s; }
    /// It has ended, and is about to be started again.
    bool rests = false;

    bool operator==(const StageSummary&) const = default;
};

/// "grep" of /usr/bin/grep; empty when the stage has no command.
std::string program_of(const StageSummary& stage);

struct EdgeSummary {
    std::string from, to, via;
    std::optional<EdgeAccounted> account;

    bool operator==(const EdgeSummary&) const = default;
};

/// One moment of the run, for timelines.
struct Moment {
    double at_s = 0;
    Sampled seen;

    bool operator==(const Moment&) const = default;
};

/// The stage that decided how long the run took.
struct Bottleneck {
    int stage = 0;           ///< index of Summary::stages
    std::string reason;      ///< a sentence for people, names made harmless
    std::string suggestion;  ///< what could help; may be empty

    bool operator==(const Bottleneck&) const = default;
};

/// Why the run was ended before its time.
struct CancelSummary {
    CancelBegan what;
    double at_s = 0;

    bool operator==(const CancelSummary&) const = default;
};

/// One item of a [for-each], a run of its own.
struct ItemSummary {
    std::string run;  ///< its id; empty: it was not started, or ended before it had one
    std::vector<RunParameter> values;
    std::optional<RunEnded> end;  ///< absent: it was not started, or nobody knows how it ended
    std::optional<double> start_s;
    std::optional<double> end_s;
    std::string failed;          ///< the stage that failed; or empty
    std::int64_t bytes_out = 0;  ///< what it wrote to stdout

    bool operator==(const ItemSummary&) const = default;
};

/// One of several attempts at a run.
struct AttemptSummary {
    Verdict verdict = Verdict::ok;
    int exit = 0;
    int stage = -1;  ///< whose failure or timeout it was; -1: nobody's by itself
    double start_s = 0;
    double end_s = 0;

    bool operator==(const AttemptSummary&) const = default;
};

struct Summary {
    std::string run;
    std::string pipeline;
    std::string source;
    std::string started_at;
    std::string cleanup = "subreaper";
    std::vector<RunParameter> params;
    std::vector<RunHost> hosts;  ///< empty: this machine alone
    /// Of a run that was tried again, the last one among them once it has ended. All else is of the
    /// last one.
    std::vector<AttemptSummary> attempts;
    std::vector<StageSummary> stages;  ///< helpers too, by RunStarted::processes
    std::vector<EdgeSummary> edges;
    std::vector<Moment> moments;  ///< in order; empty for runs that were over at once
    std::optional<Bottleneck> bottleneck;
    std::optional<CancelSummary> cancel;
    std::vector<LeftoverFound> leftovers;
    std::vector<OutputDecided> outputs;
    std::vector<ItemSummary> items;  ///< of a [for-each], whose own `stages` are empty
    std::vector<CacheUsed> cache;    ///< what it did for stages, and did not do
    std::optional<RunEnded> end;     ///< absent: the run goes on, or its end was not recorded
    double wall_s = 0;               ///< time of the last event
    /// While it goes on: since when all its stages that run are stopped (Ctrl-Z); absent: they are
    /// not.
    std::optional<double> stopped_s;

    bool operator==(const Summary&) const = default;
};

Summary summarize(const std::vector<Event>& events);

}  // namespace pipectl
