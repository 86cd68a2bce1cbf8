#pragma once

// Whether this machine's limits let a channel's ends be, before there are any.

#include "stages/channel/kind.hpp"

namespace pipectl::channel {

/// Looks at limits only and makes nothing. Throws SystemError where create() would. A kind that has
/// no such limits, or finds out by trying only, is let through.
void check_limits(const Kind& kind, const Settings& settings);

/// Of the kinds that have some.
void check_mq_limits(const Settings& settings);
void check_sysv_mq_limits(const Settings& settings);

}  // namespace pipectl::channel
