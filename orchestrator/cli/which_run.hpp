#pragma once

// The runs that go on, with what they say of themselves; and which of them a word means.

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/report/live_report.hpp"
#include "orchestrator/report/summary.hpp"
#include "orchestrator/traces/live_runs.hpp"

namespace pipectl {

struct ListedRun {
    LiveRun where;
    std::optional<Summary> summary;  ///< absent: another user's, or it did not answer
    std::string short_id;            ///< as much of the id as no other run here has
};

/// All of this user's, or of everyone.
std::vector<ListedRun> list_runs(bool everyone = false);

/// This user's, as reports show them; or the one that `word` means, when it is not empty. Nothing
/// when there is no such run: that has been told.
std::optional<std::vector<LiveView>> live_views(const std::string& word = {});

/// Asks the run again. False when it is gone.
bool refresh(LiveView& view);

/// The run that `word` means: the first digits of its id, or the name of its pipeline. What is
/// wrong is told on stderr: there is none, there are several, it is another user's, it has ended.
std::optional<ListedRun> which_run(const std::string& word);

/// The same without a word where no run goes on that `word` could mean. When there are several that
/// has been told, and `several` is set.
std::optional<ListedRun> find_run(const std::string& word, bool& several);

/// Asks the run for something and tells on stderr what went wrong. `what` is for the message:
/// "cannot stop". Returns the exit status; `answer` may have a descriptor.
int ask_listed_run(const ListedRun& run, const std::string& request, const std::string& what,
                   ControlAnswer& answer);

/// "run 0123abcd ('backup')"; safe for a terminal.
std::string name_of(const ListedRun& run);

}  // namespace pipectl
