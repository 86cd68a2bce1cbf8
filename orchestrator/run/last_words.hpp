#pragma once

// What stages said on stderr last, for the record: to a file, or passed on by the front.

#include <functional>

#include "orchestrator/event/event.hpp"
#include "orchestrator/files/outputs.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/run/stage_stderr.hpp"

namespace pipectl {

/// In the supervisor, when all stages have ended: has the front pass on the rest of what they said,
/// so that what is said about them comes after it, and tells the last lines of each. A front that
/// was stopped is waited for at most a second; one that was killed has `pidfd` readable.
void tell_last_words(const Plan& plan, const OutputSet& outputs, const StageStderr& stages,
                     int socket, int pidfd, const std::function<void(decltype(Event::what))>& tell);

}  // namespace pipectl
