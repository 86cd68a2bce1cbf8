#pragma once

// The runs that go on at this moment, and how to ask one of them; the other end of
// control_server.hpp.
//
// Runs are known by their folders (run_folder.hpp). A run is listed from its first 50 ms on; one
// that is about to begin or to end may not answer. No pid is trusted: what is asked of a run is
// done by the run itself.

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl {

struct LiveRun {
    std::string run;     ///< its id
    std::string folder;  ///< with the socket in it; empty: of a [for-each] the one who conducts it
    uid_t owner = 0;     ///< of another user's nothing can be asked
};

/// What a run said.
struct ControlAnswer {
    std::string error;  ///< empty: it has done what it was asked for
    Fd descriptor;      ///< see control_wire.hpp
    bool last = false;  ///< not asked for: the run has ended, and this is what it had to say
};

/// A connection to a run that is asked again and again.
class RunConversation {
  public:
    explicit RunConversation(LiveRun run) : run_(std::move(run)) {}
    /// As ask_run().
    std::optional<ControlAnswer> ask(const std::string& request);

  private:
    LiveRun run_;
    Fd socket_;
};

/// All that can be seen from here, this user's first, then by age, the youngest first.
std::vector<LiveRun> find_live_runs();

/// Asks for what control_wire.hpp lists and waits, a second at most, for the answer. Nothing when
/// the run is gone or does not answer.
std::optional<ControlAnswer> ask_run(const LiveRun& run, const std::string& request);

/// The record so far, as JSON. Nothing as above.
std::optional<std::string> ask_record(const LiveRun& run);

/// The text that came with an answer; nothing when none did.
std::optional<std::string> text_of(const ControlAnswer& answer);

}  // namespace pipectl
