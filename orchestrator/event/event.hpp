#pragma once

// What happened in a run, as values in the order in which it happened: all that reports are made
// of.
//
// Events name processes by index into RunStarted::processes. Times are seconds since the run began,
// on the monotonic clock.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "orchestrator/event/exit_status.hpp"

namespace pipectl {

/// What became of a stage.
enum class Verdict {
    not_started,
    ok,
    failed,
    cut,
    timeout,
    cancelled,
    lost,  ///< its host was, and nobody knows what became of it
};

/// "ok", "failed", "cut", "timeout", "cancelled", "lost", "not started".
const char* verdict_name(Verdict verdict);
/// It ended as it should, or because its readers had enough.
constexpr bool is_well(Verdict verdict) {
    return verdict == Verdict::ok || verdict == Verdict::cut;
}

/// A parameter of the definition, with the value that the run has.
struct RunParameter {
    std::string name;
    std::string value;  ///< "***" for a secret

    bool operator==(const RunParameter&) const = default;
};

/// A machine of a run on several.
struct RunHost {
    std::string name;
    std::string engine;         ///< "ssh", "local", ..; empty: the one that pipectl was started on
    std::string machine;        ///< its own name
    double clock_offset_s = 0;  ///< its clock minus ours
    double clock_error_s = 0;   ///< and how wrong that may be

    bool operator==(const RunHost&) const = default;
};

struct RunStarted {
    struct Process {
        std::string name;
        bool helper = false;
        std::vector<std::string> argv;  ///< secrets replaced
        /// In the definition: of a stage's `run`, `shell` or `use`; of what a helper is there for.
        /// 0: none.
        int line = 0;
        bool cached = false;  ///< plays what an earlier run kept of the stage
        std::string host{};   ///< where it runs; empty: on this machine
    };
    struct Edge {
        std::string from, to, via;
    };
    std::string run;  ///< the run's id
    std::string pipeline;
    std::string source;      ///< the definition's path
    std::string started_at;  ///< UTC, ISO 8601
    std::vector<Process> processes;
    std::vector<Edge> edges;
    std::vector<RunParameter> params;
    std::vector<RunHost> hosts{};  ///< empty: this machine alone
};

struct ProcessStarted {
    int process = 0;
    pid_t pid = 0;
};

/// A process is there and waits for units of semaphores or a lock before it runs.
struct ProcessWaits {
    int process = 0;
    pid_t pid = 0;
    std::string what;  ///< "2 of 'gpu', lock 'f.lock'"
};

/// A process could not be started; the run ends with `status` (126, 127, 125).
struct StartFailed {
    int process = 0;
    std::string reason;
    int status = 0;
};

struct ProcessEnded {
    int process = 0;
    ExitStatus status;
    ResourceUse use;
    std::string limit{};  ///< which of its `limits` ended it, where the kernel tells; or empty
};

/// It has ended and will be started again: it has no verdict yet, and its edges stay open.
struct RestartPlanned {
    int process = 0;
    int restarts = 1;  ///< this one among them
    double delay_s = 0;
};

/// Judged once for each process, at the latest when the run ends.
struct ProcessJudged {
    int process = 0;
    Verdict verdict = Verdict::not_started;
};

/// The run is being ended before its time.
struct CancelBegan {
    enum class Why { failure, run_timeout, stage_timeout, idle_timeout, signal, internal };
    Why why = Why::failure;
    int process = -1;     ///< failure, stage_timeout, idle_timeout: whose
    int signal = 0;       ///< signal: which
    std::string message;  ///< internal: what went wrong; idle_timeout: for how long nothing moved

    bool operator==(const CancelBegan&) const = default;
};

/// The process has closed its outputs and works on; its readers wait for its end, and nothing else
/// moves.
struct EndHeldBack {
    int process = 0;
};

/// An attempt has failed, and the run begins again: what was said of its processes is past.
struct AttemptFailed {
    int attempt = 1;
    Verdict verdict = Verdict::failed;
    int exit = 0;
    int process = -1;    ///< whose failure or timeout it was; -1: the run's own timeout
    double delay_s = 0;  ///< until the next one

    bool operator==(const AttemptFailed&) const = default;
};

/// A signal was sent by the supervisor.
struct SignalSent {
    int process = 0;
    int signal = 0;
};

/// Processes that were still there when all stages had ended.
struct LeftoverFound {
    pid_t pid = 0;
    std::string command;
    std::string stage;  ///< which stage it came from, when its environment tells
    bool kept = false;  ///< `detach = true`; else it was ended

    bool operator==(const LeftoverFound&) const = default;
};

/// The last lines that a process wrote to its stderr: to a file, or passed on by pipectl.
struct StderrTail {
    int process = 0;
    std::string text;
    bool shown = false;  ///< passed on: whoever reads pipectl's stderr has just seen them
};

struct OutputDecided {
    std::string path;
    bool replaced = false;
    std::string error;  ///< why it could not be replaced, or what is wrong with its disk

    bool operator==(const OutputDecided&) const = default;
};

/// What a number of bytes is worth.
enum class Exactness {
    counted,  ///< exact: by who moved the bytes
    sampled,  ///< the kernel's sum of all that a process read or wrote, messages and files among it
    at_most,  ///< such a sum of a stage that is several processes: what went between them is in it
};

/// "counted", "sampled", "at most".
const char* exactness_name(Exactness exactness);

/// Where the time of a process went, and what went through it. Of the process and the children that
/// it waited for. Times come from samples of /proc: they are shares of the samples, times the
/// process's wall time, and add up to it.
struct Account {
    int samples = 0;        ///< 0: it was over before anybody looked, and the times mean nothing
    double running_s = 0;   ///< on a processor, or waiting for one
    double input_s = 0;     ///< blocked: waited for its producers
    double output_s = 0;    ///< blocked: waited for room at its readers
    double disk_s = 0;      ///< in uninterruptible sleep: a disk, a network file system
    double sleeping_s = 0;  ///< asleep for a reason of its own: a timer, a child, a terminal
    std::optional<std::int64_t> bytes_in, bytes_out;
    Exactness in_is = Exactness::sampled, out_is = Exactness::sampled;
    std::optional<double> first_byte_s;  ///< since the run began; when its first output was seen

    bool operator==(const Account&) const = default;
};

/// What one replica of a stage has done so far: of a stage that is several processes in turn, of
/// those that have ended.
struct ReplicaWork {
    std::int64_t blocks = 0;     ///< of lines that it was given
    std::int64_t bytes_in = 0;   ///< given to it
    std::int64_t bytes_out = 0;  ///< that it wrote
    double user_s = 0;
    double system_s = 0;
    std::int64_t max_rss_bytes = 0;

    bool operator==(const ReplicaWork&) const = default;
};

/// A process's account, told once, when the run ends.
struct ProcessAccounted {
    int process = 0;
    Account account;
    std::vector<ReplicaWork> replicas{};  ///< of a stage that has some, from 0
};

/// An edge's account, told once, when the run ends. `edge` is an index of RunStarted::edges.
struct EdgeAccounted {
    int edge = 0;
    std::optional<std::int64_t> bytes;
    Exactness bytes_are = Exactness::sampled;
    int samples = 0;        ///< of its fill level
    double empty = 0;       ///< share of the samples in which nothing waited in it, 0 to 1
    double full = 0;        ///< share in which it had no room for a usual write
    std::int64_t room = 0;  ///< bytes that the channel holds; 0: unknown

    bool operator==(const EdgeAccounted&) const = default;
};

/// What a process was seen to do at one moment.
enum class Activity { absent, running, input, output, disk, sleeping, stopped };

/// "absent", "running", "input", "output", "disk", "sleeping", "stopped".
const char* activity_name(Activity activity);

/// The first of the name; of "stopped" a 't', as in ps(1). A large one for a process that holds the
/// end of its readers' data back.
char activity_letter(Activity activity, bool holds_end_back);

/// What was seen at one moment, for progress and timelines: a few times a second at first, more
/// seldom the longer the run lasts.
struct Sampled {
    struct Process {
        Activity activity = Activity::absent;
        std::int64_t bytes_in = -1;   ///< so far; -1: unknown
        std::int64_t bytes_out = -1;  ///< so far; -1: unknown
        double cpu_s = 0;             ///< so far
        std::int64_t rss_bytes = 0;
        bool holds_end_back = false;          ///< it has closed its outputs, and its readers wait
        std::vector<ReplicaWork> replicas{};  ///< of a stage that has some, from 0

        bool operator==(const Process&) const = default;
    };
    std::vector<Process> processes;    ///< by RunStarted::processes
    std::vector<std::int64_t> filled;  ///< bytes that wait in each edge, by RunStarted::edges; -1:
                                       ///< unknown
    /// Of the files that stages read as their stdin, together: bytes read so far, and their sizes.
    /// -1: there are none, or a position cannot be told.
    std::int64_t input_read = -1, input_size = -1;

    bool operator==(const Sampled&) const = default;
};

/// What the cache did for a stage, or did not do.
struct CacheUsed {
    enum class What {
        cached,   ///< what an earlier run kept of it was played
        skipped,  ///< it was not started: only stages that were played would have read it
        kept,     ///< what it wrote is kept
        not_kept,
        left,  ///< what it wrote is there for `pipectl resume`
    };
    std::string stage;
    What what = What::cached;
    std::int64_t bytes = 0;  ///< of what was played, kept or left
    std::string reason;      ///< not_kept, skipped: why; kept: why it was run

    bool operator==(const CacheUsed&) const = default;
};

/// "cached", "skipped", "kept", "not kept", "left".
const char* cache_name(CacheUsed::What what);

struct RunEnded {
    Verdict verdict = Verdict::ok;
    int exit = 0;         ///< the status that `pipectl run` ends with
    int signal = 0;       ///< pipectl ends by this signal; 0: none
    std::string message;  ///< pipectl's own error, when that is why; or empty
    /// What stood against leftovers: "subreaper", or "cgroup" beside it once the run had lasted.
    std::string cleanup = "subreaper";

    bool operator==(const RunEnded&) const = default;
};

struct Event {
    double time_s = 0;
    std::variant<RunStarted, ProcessWaits, ProcessStarted, StartFailed, ProcessEnded,
                 RestartPlanned, ProcessJudged, CancelBegan, AttemptFailed, EndHeldBack, SignalSent,
                 LeftoverFound, StderrTail, OutputDecided, ProcessAccounted, EdgeAccounted, Sampled,
                 CacheUsed, RunEnded>
        what;
};

}  // namespace pipectl
