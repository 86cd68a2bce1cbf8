#pragma once

// Events without the secrets of the run.

#include "orchestrator/event/event.hpp"
#include "stages/base/secrets.hpp"

namespace pipectl {

/// Takes secret values out of all that an event quotes: words of stages, commands, paths, messages.
void mask(decltype(Event::what)& what, const Secrets& secrets);

}  // namespace pipectl
