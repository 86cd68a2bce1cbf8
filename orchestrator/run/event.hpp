#pragma once

// What happened in a run, as values in the order in which it happened: all that reports are made
// of.
//
// Events name processes by index into RunStarted::processes. Times are seconds since the run began,
// on the monotonic clock.

#include <sys/types.h>

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "orchestrator/process/exit_status.hpp"

namespace pipectl {

/// What became of a stage.
enum class Verdict { not_started, ok, failed, cut, timeout, cancelled };

/// "ok", "failed", "cut", "timeout", "cancelled", "not started".
const char* verdict_name(Verdict verdict);

struct RunStarted {
    struct Process {
        std::string name;
        bool helper = false;
        std::vector<std::string> argv;  ///< secrets replaced
        /// In the definition: of a stage's `run`, `shell` or `use`; of what a helper is there for.
        /// 0: none.
        int line = 0;
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
};

struct ProcessStarted {
    int process = 0;
    pid_t pid = 0;
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
};

/// Judged once for each process, at the latest when the run ends.
struct ProcessJudged {
    int process = 0;
    Verdict verdict = Verdict::not_started;
};

/// The run is being ended before its time.
struct CancelBegan {
    enum class Why { failure, run_timeout, stage_timeout, signal, internal };
    Why why = Why::failure;
    int process = -1;     ///< failure, stage_timeout: whose
    int signal = 0;       ///< signal: which
    std::string message;  ///< internal: what went wrong
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
};

/// The last lines that a process wrote to a stderr of its own that was kept in a file.
struct StderrTail {
    int process = 0;
    std::string text;
};

struct OutputDecided {
    std::string path;
    bool replaced = false;
    std::string error;  ///< why it could not be replaced, or what is wrong with its disk
};

struct RunEnded {
    Verdict verdict = Verdict::ok;
    int exit = 0;         ///< the status that `pipectl run` ends with
    int signal = 0;       ///< pipectl ends by this signal; 0: none
    std::string message;  ///< pipectl's own error, when that is why; or empty
    /// What stood against leftovers: "subreaper", or "cgroup" beside it once the run had lasted.
    std::string cleanup = "subreaper";
};

struct Event {
    double time_s = 0;
    std::variant<RunStarted, ProcessStarted, StartFailed, ProcessEnded, ProcessJudged, CancelBegan,
                 SignalSent, LeftoverFound, StderrTail, OutputDecided, RunEnded>
        what;
};

}  // namespace pipectl
