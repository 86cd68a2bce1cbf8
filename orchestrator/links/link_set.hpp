#pragma once

// The channels of a run: made when the first of their processes is about to start, handed over,
// held open until the producer has ended well, and watched where a writer must be told that its
// reader left.
//
// Owns every descriptor of an edge that pipectl has. Knows kinds by their table only.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "orchestrator/links/helper_counts.hpp"
#include "orchestrator/links/link_level.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/process/open_files.hpp"
#include "stages/base/fd.hpp"
#include "stages/channel/kind.hpp"

namespace pipectl {

class LinkSet {
  public:
    LinkSet(const Plan& plan, channel::PrivateFolder& folder);

    /// The end of a link whose other end is on another machine, and what stands here for that one:
    /// its end hangs up when `line` is closed. To be given before the link's process is started.
    void take_end(int link, bool writer, Fd end, Fd line);

    /// The end of a link that a process gets, borrowed. Makes the link at first use. Throws
    /// SystemError.
    int end_for(const Descriptor& descriptor);

    /// The process has its ends: closes our copies, so that it alone has them. Of one that can be
    /// started again, when it has ended for good: until then they are kept.
    void handed_over(int process);

    /// The reader may see the end of data.
    void release_hold(int link);

    /// True when the writer of a link whose reader has left has gone on to write since the last
    /// call; the first one only takes a mark. See channel::Kind.
    bool writer_goes_on(int link);

    /// No process has the reader's end open any more, as far as our copy of the writer's end tells.
    [[nodiscard]] bool is_abandoned(int link) const;

    /// Of a reader that can be started again, whose end we have.
    [[nodiscard]] InputEnd end_of_kept_reader(int link) const;

    /// What waits in the link, as far as our copies of its ends tell.
    [[nodiscard]] LinkLevel level(int link) const;

    /// The process has ended: what its links that count by themselves have carried is noted, and
    /// their objects are let go once nobody uses them.
    void process_ended(int process);

    /// Bytes that came to the reader's end of the link, exact; nothing where it does not count, or
    /// a process at its ends has not ended.
    [[nodiscard]] std::optional<std::int64_t> carried(int link) const;

    /// What the helpers at the links' ends count.
    [[nodiscard]] HelperCounts& helper_counts() { return helper_counts_; }
    [[nodiscard]] const HelperCounts& helper_counts() const { return helper_counts_; }

    /// The reader has left: its writer gets SIGPIPE and EPIPE from now on, where the kind has them.
    void let_writer_fail(int link);

    /// What the writer's end stands for in /proc; nothing once its hold was released.
    [[nodiscard]] OpenFile writer_file(int link) const;
    /// What the reader's end stands for, where we keep a copy of it and so would not be told by the
    /// kernel that nobody else has it.
    [[nodiscard]] OpenFile kept_reader_file(int link) const;

  private:
    struct State {
        channel::EdgeEnds ends;
        std::uint64_t mark = 0;  ///< of Kind::writer_goes_on
        bool made = false;
        Fd far_reader;  ///< of a writer's end whose reader is on another machine
        int ended = 0;  ///< of the two processes at its ends
        std::optional<std::uint64_t> carried;  ///< what its reader had not taken among it
    };

    void make(int link);

    const Plan& plan_;
    channel::PrivateFolder& folder_;
    std::vector<State> states_;
    HelperCounts helper_counts_;
    std::map<const channel::Kind*, std::uint64_t> siblings_;  ///< how many links are of a kind
};

}  // namespace pipectl
