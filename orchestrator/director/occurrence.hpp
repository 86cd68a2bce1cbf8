#pragma once

// What can happen to a run, and what can be done about it, as values.
//
// The world (world.hpp) turns signals, ends of processes and passing time into occurrences; the
// director answers each with actions, which the world carries out. Processes and links are indices
// of the plan.

#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "orchestrator/event/event.hpp"

namespace pipectl {

/// Time since the run began, on a clock that stands still while the run is stopped (Ctrl-Z).
using RunTime = std::chrono::nanoseconds;

/// What a process does about SIGPIPE, as far as its last state tells; proc_pid_status(5).
enum class OnBrokenPipe {
    dies,     ///< the default action: its own exit status is not about a broken pipe
    answers,  ///< SIGPIPE ignored or caught: it gets EPIPE, and may report it by its status
    unknown,
};

namespace occurrence {

struct Started {
    int process = 0;
};

/// A process that had to get something first has it, and runs.
struct HasAll {
    int process = 0;
};

struct StartFailed {
    int process = 0;
    std::string reason;
    int status = 0;  ///< 125, 126, 127
};

/// All processes that wait for no other one have been started.
struct AllStarted {};

struct End {
    int process = 0;
    ExitStatus status;
    OnBrokenPipe on_broken_pipe = OnBrokenPipe::unknown;
};

/// Processes that were found to have ended, in one look: the order among them is not known.
struct Ended {
    std::vector<End> batch;
};

/// A helper with several outputs has written everything to this link.
struct OutputComplete {
    int link = 0;
};

/// These have written something, for the first time: asked of those that `notify` names.
struct OutputBegan {
    std::vector<int> processes;
};

/// A point in time that Director::next() named has come.
struct TimePassed {};

/// SIGINT, SIGTERM, SIGHUP or SIGQUIT came to pipectl.
struct CancelSignal {
    int signal = 0;
    std::vector<bool> reached;  ///< which processes have got it by themselves, as group members
    bool unsure = false;        ///< whether it was sent to the whole group shows later
};

/// Somebody asked for the end of the run: SIGTERM, `now`: SIGKILL.
struct CancelAsked {
    bool now = false;
};

/// What directors on other hosts have said of their processes, in one look.
struct FarJudged {
    struct Judgement {
        int process = 0;
        Verdict verdict = Verdict::ok;
        ExitStatus status;
    };
    std::vector<Judgement> batch;
};

/// On another host the run is being ended for a reason that is not one process's end: a time that
/// has passed, a process that could not be started, a standstill. `status`: the run's.
struct FarCancelled {
    CancelBegan why;
    int status = 0;
};

/// Nothing is known of a host any more; its processes that were not judged are lost.
struct HostLost {
    int host = 0;
    std::string message;
};

/// The launcher ends the run, on a host that is not its own: `signal` (0: each stage's own).
struct EndedByLauncher {
    CancelBegan::Why why = CancelBegan::Why::failure;
    int signal = 0;
    bool now = false;  ///< SIGKILL
};

/// pipectl itself cannot go on.
struct GaveUp {
    std::string message;
};

/// Somebody has looked at the processes.
struct Looked {
    RunTime quiet{};  ///< how long nothing has moved
    /// Processes that have closed their outputs and work on, while nothing else has moved for
    /// HeldEnds::kPatience.
    std::vector<int> hold_ends_back;
};

}  // namespace occurrence

using Occurrence =
    std::variant<occurrence::Started, occurrence::HasAll, occurrence::StartFailed,
                 occurrence::AllStarted, occurrence::Ended, occurrence::OutputComplete,
                 occurrence::OutputBegan, occurrence::TimePassed, occurrence::CancelSignal,
                 occurrence::CancelAsked, occurrence::FarJudged, occurrence::FarCancelled,
                 occurrence::HostLost, occurrence::EndedByLauncher, occurrence::GaveUp,
                 occurrence::Looked>;

namespace action {

/// A process whose predecessors have ended.
struct Start {
    int process = 0;
};

/// A process that will never be started: its ends of links are let go.
struct GiveUpStart {
    int process = 0;
};

/// A process that could have been started again never will be: its ends of links, which were kept
/// for that, are let go.
struct EndForGood {
    int process = 0;
};

/// To a process that has not been reaped.
struct SendSignal {
    int process = 0;
    int signal = 0;
};

/// The link's producer has ended well, or has closed its output and may: its reader is shown the
/// end of data once nobody else can write.
struct ReleaseEnd {
    int link = 0;
};

/// The link's reader has left: whoever writes gets SIGPIPE and EPIPE from the kernel from now on,
/// where the channel's kind can give them.
struct LetWriterFail {
    int link = 0;
};

/// For those who write to a link whose kind gives no SIGPIPE by itself: of the producer and all
/// that it has started, who has the writer's end. SIGPIPE is for those that wait for no child.
struct SignalWriters {
    int link = 0;
    int signal = 0;
};

/// Tells a helper that the reader of this output has left; see stages/flow/readers.hpp.
struct TellHelper {
    int process = 0;
    int link = 0;
};

/// SIGTERM and SIGCONT for what outlived its stage and may not stay.
struct EndLeftovers {};

/// SIGKILL for everything below the supervisor that may not stay.
struct KillAll {};

/// The run has lasted a moment: time for what short runs do not pay for (guard, control socket).
struct RunLasts {};

/// An event for those who watch.
struct Tell {
    decltype(Event::what) what;
};

}  // namespace action

using Action = std::variant<action::Start, action::GiveUpStart, action::EndForGood,
                            action::SendSignal, action::ReleaseEnd, action::LetWriterFail,
                            action::SignalWriters, action::TellHelper, action::EndLeftovers,
                            action::KillAll, action::RunLasts, action::Tell>;
using Actions = std::vector<Action>;

}  // namespace pipectl
