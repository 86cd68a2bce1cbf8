#pragma once

// Readers that leave before their writers, and writers that close before they end: who is told
// what, and when. Pure; part of the director.
//
// A pipe's kernel object tells a writer by itself that its reader has left. A socket does once its
// other end is shut down (LetWriterFail). A spool file never does: its writer is watched, gets
// SIGPIPE when it goes on, and when it ignores that, its cancelling signal and in the end SIGKILL.

#include "orchestrator/director/due.hpp"
#include "orchestrator/director/roster.hpp"
#include "orchestrator/director/world.hpp"

namespace pipectl {

class Departures {
  public:
    /// All must outlive this.
    Departures(Roster& roster, Facts& facts, Agenda<Due>& agenda);

    /// The process runs: watches what its definition asks for (`unread`, `end`).
    void started(int process, RunTime now);
    /// The link's reader has ended, or nobody has its end open any more.
    void reader_left(int link, RunTime now, Actions& actions);

    void watch_writer(due::WatchWriter what, RunTime now, Actions& actions);
    void watch_ends(due::WatchEnds what, RunTime now, Actions& actions);
    void watch_readers(due::WatchReaders what, RunTime now, Actions& actions);
    void grace_over(due::CutGraceOver what, Actions& actions) const;

    /// Every reader of the process's data, inside and outside of the run, has closed its end or
    /// ended. False where there is none, and where it writes a file. Of a reader on another host
    /// that is not judged yet only the process's own end can tell: it has left, as far as is known
    /// here, when `believed`.
    [[nodiscard]] bool all_left(int process, bool believed) const;

  private:
    void stop_writer(int process, RunTime now, Actions& actions);
    [[nodiscard]] bool has_left(int link, bool believed) const;
    [[nodiscard]] bool is_unread(int process) const;

    Roster& roster_;
    Facts& facts_;
    Agenda<Due>& agenda_;
};

}  // namespace pipectl
