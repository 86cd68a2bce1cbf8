#pragma once

// What a definition says of failures (limits, restarts, attempts), as far as its parts do not go
// together, and what this system makes of it.

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/network.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/plan/remarks.hpp"

namespace pipectl {

/// `restart` beside what it cannot be with.
void check_restarts(const Definition& definition, Remarks& remarks);

/// `retries` where an attempt could not be the same again, or would be seen before it succeeds.
void check_retries(const Definition& definition, Remarks& remarks);

/// Has what goes to pipectl's own stdout wait in a file, for a helper that writes it there. Returns
/// that helper; -1: nothing goes there.
int keep_stdout(Plan& plan, Network& network);
/// That helper starts when all others have ended well.
void deliver_last(int delivery, Plan& plan);

/// For `check`: which limits hold for less, or for more, than the stage.
void note_limits(const Definition& definition, Remarks& remarks);

}  // namespace pipectl
