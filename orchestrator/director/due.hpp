#pragma once

// What the director asks itself to do at a later time.

#include <variant>

#include "orchestrator/director/agenda.hpp"

namespace pipectl {

namespace due {

struct RunTimeout {};
/// `start` is the one that this is about: the process may have been started again since.
struct StageTimeout {
    int process = 0;
    int start = 1;
};
/// A process that rests is started again.
struct Restart {
    int process = 0;
};
/// Has the process read or written anything?
struct WatchIdle {
    int process = 0;
    int start = 1;
    RunTime moved_at{};  ///< when it was last seen to have
};
/// Whoever is left is killed.
struct GraceOver {};
/// A process that was told that its readers had enough has had its grace.
struct CutGraceOver {
    int process = 0;
};
/// A signal that was seen to reach our processes was sent to the group, or has to be passed on.
struct ConfirmSignal {
    int signal = 0;
};
/// The run has lasted a moment.
struct Lasting {};
/// Has the writer of a link without a reader gone on to write?
struct WatchWriter {
    int link = 0;
    int round = 0;
    int warnings = 0;     ///< SIGPIPEs that it got so far
    bool warned = false;  ///< the last one just now
};
/// Has the process closed its outputs?
struct WatchEnds {
    int process = 0;
    int round = 0;
};
/// Have all of its readers left?
struct WatchReaders {
    int process = 0;
    int start = 1;
};
struct LookForEnd {};
struct KillAgain {};

}  // namespace due

using Due =
    std::variant<due::RunTimeout, due::StageTimeout, due::Restart, due::WatchIdle, due::GraceOver,
                 due::CutGraceOver, due::ConfirmSignal, due::Lasting, due::WatchWriter,
                 due::WatchEnds, due::WatchReaders, due::LookForEnd, due::KillAgain>;

}  // namespace pipectl
