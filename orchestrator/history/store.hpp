#pragma once

// The database of runs that have ended: history.db in the history's folder, SQLite.
//
// Only this class knows SQLite (store.cpp). Runs do not write here but into the spool (spool.hpp),
// which is taken in when somebody asks. Bounded: a number of runs in all and of one definition, and
// a size of all records; the oldest go first. Several processes may use it at once.

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "orchestrator/history/past_run.hpp"

namespace pipectl::history {

/// The history cannot be read or written: which file, why, what to do.
class StoreError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

class Store {
  public:
    static constexpr int kMostRuns = 1000;
    static constexpr int kMostOfOneDefinition = 200;
    static constexpr long long kMostRecordBytes = 64LL << 20;

    /// Opens the database of the folder, makes it when it is not there, and takes the spool in.
    /// Waits at most `patience_ms` for another process. Throws StoreError.
    Store(std::string folder, int patience_ms);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// The newest first, at most so many; of the pipeline with this name, or of all (empty).
    std::vector<PastRun> list(const std::string& pipeline, std::size_t limit);

    /// All whose id begins so, the newest first.
    std::vector<PastRun> find(const std::string& prefix);

    /// Successful runs that began before this one, of the same definition with the same commands
    /// and parameters and about as much input; the newest first.
    std::vector<PastRun> earlier(const PastRun& run);

    /// The record as `run --json` writes it; empty: it is not there.
    std::string record(const std::string& run);

    /// False when there is no such run.
    bool remove(const std::string& run);

    /// Forgets everything, also what cannot be read.
    static void erase(const std::string& folder);

  private:
    struct Database;
    void take_spool();

    std::string folder_;
    std::unique_ptr<Database> database_;
};

}  // namespace pipectl::history
