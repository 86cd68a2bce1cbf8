#pragma once

// Which pipelines of a text can only run one after the other. Internal to this folder.
//
// The stages of a definition run at the same time, unless they say that they come after others. So
// the pipelines of a text are put into an order where running at the same time may not be the same:
// where a program is not known for what it does with files (programs.hpp), or a file that one of
// them writes may be one that another one uses; and behind && and `set -e`.

#include <vector>

#include "orchestrator/shell/import/build.hpp"
#include "orchestrator/shell/import/facts.hpp"
#include "orchestrator/shell/translate/refusal.hpp"

namespace pipectl::shell {

/// `later` starts when `earlier` has ended; both are indices of Facts::rows.
struct RowOrder {
    std::size_t earlier = 0;
    std::size_t later = 0;
    bool ended = true;  ///< however it ended
};

/// The orders among the pipelines that have become stages.
std::vector<RowOrder> find_orders(const Facts& facts, const std::vector<BuiltRow>& rows);

/// Some pipeline comes after this one and may need what it has written.
bool is_needed_later(const Facts& facts, const Row& row);

/// The text has named pipes: those at their two ends have to run at the same time.
bool has_meetings(const Facts& facts);

/// Adds a refusal for each pipeline that has to wait for one above it and cannot: one of the two is
/// in the background, or they may meet at a named pipe.
void check_order(const Facts& facts, std::vector<Refusal>& refusals);

}  // namespace pipectl::shell
