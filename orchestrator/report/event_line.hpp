#pragma once

// Events as JSON lines, as they happen, for `--events`: one object a line.
//
// Each has `t` (seconds since the run began) and `event`; processes are named, not numbered. `line`
// means what it means in the record.

#include <string>
#include <string_view>
#include <unordered_map>
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

/// The same events read back, of a part of a run on another machine.
class EventReader {
  public:
    /// `names`: of the run's processes, in their order.
    explicit EventReader(const std::vector<std::string>& names);

    /// Throws JsonError for what is no such line. Of a start nothing but the name is read.
    [[nodiscard]] Event event_of(std::string_view line) const;

  private:
    std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace pipectl
