#pragma once

// Several processes of one program that share the lines of standard input.
//
// In order: each block of lines has a process of its own, `count` of them at once, and what they
// write is put together in the order of the blocks. An unmodified program gives one stream for all
// that it reads; which part of it belongs to which block only its end can tell.
// As they come: `count` processes for the whole input, each of which gets the next block when it
// has taken the one before.
//
// No process sees an end of its data that is not true: when one fails, or we are to end, the others
// are ended first, and their inputs closed then.

#include <signal.h>
#include <sys/resource.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stages/base/fd.hpp"
#include "stages/flow/gathering.hpp"
#include "stages/flow/input_keeper.hpp"
#include "stages/flow/line_blocks.hpp"
#include "stages/flow/replica.hpp"
#include "stages/flow/replica_counts.hpp"
#include "stages/flow/waiting.hpp"

namespace pipectl::helper {

struct CrewSettings {
    std::size_t block = 0;  ///< bytes
    bool in_order = true;
    std::vector<int> ok = {0};
    bool any_ok = false;
    int cancel = SIGTERM;                   ///< what ends the others when one has failed
    std::chrono::milliseconds grace{5000};  ///< then SIGKILL
};

class Crew {
  public:
    /// A replica for each command; they must outlive it.
    Crew(CrewSettings settings, const std::deque<ReplicaCommand>& commands, ReplicaCounts counts);

    /// Until the end of the input, and of all processes. Returns 0 when all ended well, and else
    /// the status of the first one that did not (1 for a 0 that is not in `ok`); ends by its
    /// signal, by the signal that ended us all, or by SIGPIPE when the reader has left. Throws
    /// SystemError.
    int run();

  private:
    /// Why no more is begun.
    struct Ending {
        bool begun = false;
        int status = 0;
        int signal = 0;  ///< above `status`
    };

    bool work();
    bool deal_in_order();
    bool deal_as_they_come();
    bool deal(std::string_view lines);
    void begin(std::size_t replica);
    [[nodiscard]] bool none_begun() const;
    bool feed();
    bool gather();
    [[nodiscard]] bool all_left() const;
    [[nodiscard]] bool finished() const;
    void wait();
    bool take_signals();
    void reap();
    void judge(std::size_t replica, int status, const rusage& use);
    void end_all();
    void end_orphans();
    void signal_all(int signal);

    CrewSettings settings_;
    std::vector<Replica> replicas_;
    std::vector<bool> begun_;        ///< [replica]: it had a process
    std::vector<bool> gathered_;     ///< [replica]: the end of its output was seen
    std::size_t next_ = 0;           ///< replica that the next block goes to, as lines come
    std::deque<std::string> again_;  ///< lines that a replica left behind
    std::unique_ptr<Gathering> out_;
    LineBlocks in_;
    ReplicaCounts counts_;
    std::size_t pipe_size_;
    sigset_t mask_{};  ///< of the processes
    Fd signals_;
    std::optional<InputKeeper> keeper_;  ///< while anything may run
    Ending ending_;
    bool told_ = false;  ///< the processes had the signal that ends us all
    Waiting waiting_;
};

}  // namespace pipectl::helper
