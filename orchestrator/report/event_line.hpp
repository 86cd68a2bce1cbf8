#pragma once

// Events as JSON lines, as they happen, for `--events`: one object a line.
//
// Each has `t` (seconds since the run began) and `event`; processes are named, not numbered. `line`
// means what it means in the record.

#include <string>
#include <vector>

#include "orchestrator/event/event.hpp"

namespace pipectl {

class EventLines {
  public:
    /// The event's line, with its newline: to be written by one write(2), so that a reader or a
    /// crash never meets half a line. Events are to be given in order, from RunStarted on: names
    /// come from there.
    std::string line(const Event& event);

  private:
    std::vector<std::string> names_;
};

}  // namespace pipectl
