#pragma once

// What both bridges do: take their end of a channel over from descriptor CHANNEL.

#include <memory>

#include "stages/channel/kind.hpp"

namespace pipectl::helper {

/// The kind that the ticket names. Throws UsageError for one that is not bridged.
const channel::Kind& kind_of(const channel::Ticket& ticket);

}  // namespace pipectl::helper
