#pragma once

// The inside of OutputSet: its entries, and the page that two processes share across fork(2).
// Included by outputs.cpp, output_open.cpp and output_commit.cpp only.

#include <atomic>
#include <cstddef>
#include <string>
#include <vector>

#include "orchestrator/files/output_target.hpp"
#include "orchestrator/files/outputs.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

/// How far the set has come. From `committed` on, only the leftovers of old contents are removed.
enum class OutputPhase : unsigned char { open, committing, committed, rolled_back };

/// Which step may have been done to an entry; noted before the system call, since the process may
/// be killed right after it. Whether it was done is told by the inode at the target.
enum class OutputIntent : unsigned char {
    none,
    exchange,   ///< the temporary's name now has the old content
    create,     ///< there was no old content
    backup,     ///< the file system cannot exchange: the old content has a second name
    overwrite,  ///< nor can it link: the old content is lost
};

/// Bytes in memory that stays shared after a fork. Without entries there is nothing that the other
/// process had to know.
class SharedProgress {
  public:
    SharedProgress() = default;
    explicit SharedProgress(std::size_t entries);
    ~SharedProgress();
    SharedProgress(const SharedProgress&) = delete;
    SharedProgress& operator=(const SharedProgress&) = delete;

    [[nodiscard]] OutputPhase phase() const noexcept { return OutputPhase(at(0).load()); }
    void set_phase(OutputPhase phase) noexcept { at(0).store(static_cast<unsigned char>(phase)); }
    [[nodiscard]] OutputIntent intent(std::size_t i) const noexcept {
        return OutputIntent(at(i + 1).load());
    }
    void set_intent(std::size_t i, OutputIntent intent) noexcept {
        at(i + 1).store(static_cast<unsigned char>(intent));
    }

    /// Of an output that was opened late: its own descriptor, which two processes that share one
    /// table of descriptors have both; -1: it was not.
    [[nodiscard]] int late(std::size_t i) const noexcept { return late_at(i).load() - 1; }
    void set_late(std::size_t i, int own) noexcept { late_at(i).store(own + 1); }

  private:
    [[nodiscard]] std::atomic_ref<unsigned char> at(std::size_t i) const noexcept {
        return std::atomic_ref<unsigned char>(bytes_[i]);
    }
    [[nodiscard]] std::atomic_ref<int> late_at(std::size_t i) const noexcept {
        return std::atomic_ref<int>(late_[i]);
    }

    int* late_ = nullptr;             ///< the memory begins with these
    unsigned char* bytes_ = nullptr;  ///< the phase, and an intent for each entry
    unsigned char alone_ = 0;
    std::size_t size_ = 0;
};

struct OutputEntry {
    /// deferred: its folder was not there yet; see OutputSet::open_late().
    enum class Way { atomic, append, in_place, direct, deferred };

    OutputRequest file;
    OutputTarget target;
    Way way = Way::direct;
    Fd own;    ///< readable and writable where that may be; for commit, roll-back, tail
    Fd given;  ///< for the stage
    std::string temporary;  ///< atomic: its name in the folder while the commit is under way
    std::string backup;     ///< atomic: second name of the old content where there is no exchange
    bool named = false;  ///< the file system has no nameless files: `temporary` exists from open on
    bool created = false;     ///< append, in_place: the file was not there
    off_t start = 0;          ///< append: the size it had
    int shared_with = -1;     ///< append: the first entry that adds to the same file
    struct stat replaced {};  ///< atomic: the file whose owner and mode were taken over last

    [[nodiscard]] int folder() const noexcept { return target.folder.get(); }
};

struct OutputSet::State {
    explicit State(std::size_t size) : progress(size) {}

    std::vector<OutputEntry> entries;
    SharedProgress progress;
    std::string run_id;
    bool leaves_open = false;
};

/// Opens an entry without changing anything that has a name (but for a named temporary). Returns
/// what is wrong, if anything.
std::optional<TargetProblem> open_output(OutputEntry& entry);

/// For the other process of the two: takes over what open_late() of the first one has opened.
void adopt_late(OutputEntry& entry, const std::string& run_id, std::size_t index, int own);

/// Creates the appended or in-place file that open_output() did not find.
std::optional<TargetProblem> create_output(OutputEntry& entry);

}  // namespace pipectl
