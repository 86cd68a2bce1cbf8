#pragma once

// The process that the user started, once the supervisor runs as its child.
//
// It passes signals on, stops and continues with the job, ends as the run did, and cleans up when
// the supervisor was killed or does not answer. It writes what others read (stderr, the stream of
// events), where the supervisor could be held up. It starts no stage and reads no data of an edge.
// It shares the table of
// descriptors with the supervisor: what holds an end of data back is still open when the supervisor
// is killed, until the processes of the run are gone. So nothing is closed here.

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "orchestrator/files/outputs.hpp"
#include "orchestrator/guard/guard.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/run/inherited.hpp"
#include "orchestrator/run/stage_stderr.hpp"
#include "orchestrator/run/teller.hpp"
#include "orchestrator/run/terminal.hpp"
#include "orchestrator/traces/ledger.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

class OtherHosts;

/// What the supervisor reports as its last act.
struct RunResult {
    int exit = 0;
    int signal = 0;  ///< the front ends by this signal; 0: none
};

/// What the front passes on to the supervisor.
struct RelayedSignal {
    static constexpr int kAreYouThere = 0;  ///< as `number`: it wants FrontWord::Kind::here
    static constexpr int kSettled = -1;     ///< the answer to FrontWord::Kind::settle

    int number = 0;
    pid_t sender = 0;  ///< 0: the kernel, or unknown
};

/// The signals that front and supervisor take from descriptors and queues.
const std::vector<int>& relayed_signals();

/// Blocks them, but for those that the caller ignores (nohup, background jobs of a script): they
/// stay ignored, while a blocked signal is queued whatever its disposition.
void take_relayed_signals();

/// A descriptor that tells them to whoever reads it; signalfd(2). Throws SystemError.
Fd open_relayed_signals();

/// What the front needs to clean up after its supervisor.
struct FrontContext {
    pid_t supervisor;
    int socket;
    int signals;  ///< of open_relayed_signals(), made before the fork
    const Plan& plan;
    std::string run_id;
    Guard& guard;
    OutputSet& outputs;
    Ledger& ledger;
    Terminal& terminal;
    StandardFlags& flags;
    Teller& teller;
    StageStderr& stages;
    const std::function<void()>& on_supervisor_lost;  ///< see RunObserver
    const std::function<void(int)>& on_death;         ///< see RunObserver
    pid_t conductor = 0;                              ///< see RunObserver
    OtherHosts* others = nullptr;
};

/// Waits for the supervisor's end and returns the exit status, or ends this process by the signal
/// that ended the run.
int stand_in_front(const FrontContext& context);

}  // namespace pipectl
