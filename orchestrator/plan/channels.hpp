#pragma once

// Which channel carries an edge, with its options checked against the table of kinds.
//
// Nearest wins: --via STAGE=.., --via for all, the edge's own `via`, the reading stage's, the
// pipeline's, "pipe". Every `via` of the file is checked, also one that another overrides.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/files.hpp"
#include "orchestrator/plan/make_plan.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "orchestrator/plan/wiring.hpp"
#include "stages/channel/kind.hpp"

namespace pipectl {

struct Channel {
    const channel::Kind* kind = nullptr;  ///< null only after an error
    channel::Settings settings;
};

/// The channel between helpers and wherever nothing else is said.
Channel default_channel();

/// What its reader takes of a channel that several share; nothing where nothing was set.
std::optional<std::uint64_t> type_of(const Channel& channel);

/// The channel of each edge of the wiring.
std::vector<Channel> choose_channels(const Definition& definition, const PlanRequest& request,
                                     const Wiring& wiring, Remarks& remarks);

/// Turns the paths of channels (a FIFO's, a spool file's) into those that pipectl opens, and
/// reports two edges that would share one.
void claim_paths(std::vector<Channel>& channels, const Wiring& wiring, const FileTable& files,
                 Remarks& remarks);

/// Reports two edges that would take each other's messages from a queue that they share.
void claim_types(const std::vector<Channel>& channels, const Wiring& wiring, Remarks& remarks);

/// The option that a word behind "CHANNEL:" sets: the one that has it among its choices, as "zstd"
/// of `net`, and else the size.
std::string_view option_of_word(std::string_view kind, std::string_view word);

/// "CHANNEL", "CHANNEL:SIZE" or "CHANNEL:CHOICE", as the command line has them: without places, and
/// not checked.
Via read_via_word(std::string_view word);

/// A `via` looked up in the table: the kind, or an error at its place.
Channel check_via(const Via& via, Remarks& remarks);

}  // namespace pipectl
