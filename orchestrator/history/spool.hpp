#pragma once

// Where runs are remembered until somebody reads: a file that every run appends its record to as it
// ends.
//
// The one part of the history that every run pays for, so it is cheap (a file opened, locked,
// written once, closed) and knows no database. It never fails a run and never makes noise: where
// nothing can be written, nothing is remembered. Several runs may end at once. The file is bounded:
// when nobody reads it for long, the oldest half goes.
//
// An entry is a line that says which definition ran (JSON text) and the record, after a byte that
// no JSON text has (RFC 7464): what was written half is told from what is whole.

#include <string>
#include <vector>

#include "orchestrator/report/summary.hpp"

namespace pipectl::history {

/// $XDG_STATE_HOME/pipectl, or ~/.local/state/pipectl. Empty: runs are not remembered, because
/// PIPECTL_HISTORY is "off", or there is no such place.
std::string folder();

/// What stays the same from run to run of a definition: its real path; for one that has none
/// (stdin, a command line) a digest of its stages' commands.
std::string definition_of(const std::string& path, const Summary& summary);

/// Appends the run.
void remember(const std::string& folder, const std::string& definition,
              const Summary& summary) noexcept;

struct Entry {
    std::string definition;
    std::string record;
};

/// How many bytes wait in the folder's spool.
std::size_t waiting_bytes(const std::string& folder);

/// Takes some of what waits out of the spool, the oldest first. False when nothing does. It stays
/// in a file of its own, and is what the next call takes, until `forget_taken` is called: a reader
/// that dies loses nothing. For one reader at a time.
bool take(const std::string& folder, std::vector<Entry>& entries);
/// False when it could not be removed.
bool forget_taken(const std::string& folder) noexcept;

/// What stands where the spool should be and is no file, so that no run is remembered; or empty.
std::string obstacle(const std::string& folder);

/// Removes all that waits.
void forget_waiting(const std::string& folder) noexcept;

}  // namespace pipectl::history
