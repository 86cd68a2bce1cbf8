#pragma once

// The one place that replaces files: the outputs of a run, opened before its first process and
// replaced together at its end, and reports, one at a time (report_file.hpp).
//
// A file that is replaced atomically is written to a nameless temporary in the target's folder, so
// nothing is left behind whoever dies; see commit(). All names are decided by open(), and how far a
// commit has come stands in memory that is shared across fork(2): when one of two processes that
// hold the set dies at any moment, the other one's roll_back() puts everything right. Hard links to
// an old content keep the old content, as with any replacement by rename(2). Whose files and links
// are touched, and what a new file takes over from an old one, is in rules.hpp.

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "orchestrator/files/output_request.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

struct OutputFailure {
    int index = 0;        ///< of the outputs given to open()
    std::string message;  ///< names the path
    std::string hint;     ///< may be empty
};

/// One or more outputs cannot be opened; what() is the first one's message.
class OutputError : public std::runtime_error {
  public:
    explicit OutputError(std::vector<OutputFailure> failures);
    [[nodiscard]] const std::vector<OutputFailure>& failures() const noexcept { return failures_; }
    [[nodiscard]] int index() const noexcept { return failures_.front().index; }

  private:
    std::vector<OutputFailure> failures_;
};

/// What became of one output.
struct OutputResult {
    int index = 0;
    std::string path;       ///< as the definition has it
    bool replaced = false;  ///< it now has what the run wrote to it
    std::string error;      ///< names path and system's reason; or empty
};

class OutputSet {
  public:
    OutputSet();
    /// Opens all of them, or throws OutputError with everything that is wrong and leaves each file
    /// as it was. Never blocks: a FIFO without a reader is an error. Files with `atomic = false`
    /// are truncated last, once all others are open. Throws SystemError when the system gives no
    /// memory.
    static OutputSet open(const std::vector<OutputRequest>& outputs, const std::string& run_id);
    OutputSet(OutputSet&&) noexcept;
    OutputSet& operator=(OutputSet&&) noexcept;
    /// Rolls back what has not been committed.
    ~OutputSet();

    /// Opens an output of which the folder was not there at open(), which has to be `late` for
    /// that. Nothing to do for any other. Returns what is wrong.
    std::optional<OutputFailure> open_late(std::size_t i);

    [[nodiscard]] std::size_t size() const noexcept;

    /// The descriptor for the process that writes output `i`; write-only, close-on-exec, owned by
    /// the set. -1 after keep_only_rollback().
    [[nodiscard]] int descriptor(std::size_t i) const noexcept;

    /// The descriptor of what is written as it goes on, for this process: cut to nothing when it is
    /// a regular file, else one that never blocks unless it is the caller's own.
    Fd take_stream(std::size_t i);

    /// Closes everything that is not needed to commit or roll back: FIFOs, devices, the stages'
    /// ends. For the process that starts the stages, after the last start: the reader of a FIFO
    /// sees its end only when we hold no writer.
    void keep_only_rollback() noexcept;

    /// Takes back what was written to files that are replaced, so that all can be written again.
    /// Not after keep_only_rollback().
    void begin_again() noexcept;

    /// For the other one of two processes that hold the set and share one table of descriptors
    /// (fork_sharing_files()): it closes none from now on, since a number may be somebody else's
    /// by then.
    void leave_open() noexcept;

    /// Whether commit() could replace all files now: contents, disks, limits, permissions; syncs
    /// what is to be durable. Changes no name. For runs that replace files on several machines
    /// together; results as commit()'s, none of them replaced.
    std::vector<OutputResult> prepare();

    /// Replaces all files together. When one of them cannot be (its disk is full, its folder is
    /// gone, a folder took its place), none is, everything is rolled back and its result says why.
    std::vector<OutputResult> commit();

    /// Puts all files back: temporaries go, appended files get the size they had. A file with
    /// `atomic = false` keeps what was written. Does nothing after a commit or a second time. To be
    /// called when the processes that write have ended.
    void roll_back() noexcept;

    /// All files have been replaced, by whichever of two processes that hold the set.
    [[nodiscard]] bool has_replaced() const noexcept;

    /// As roll_back(), with what there is to tell: the files that were left as they were, and what
    /// is wrong with their disks. `cancelled`: a signal has ended the run, and what was appended so
    /// far may stay.
    std::vector<OutputResult> give_up(bool cancelled = false);

    /// The files have been replaced, by this process or by the other one that holds the set.
    [[nodiscard]] bool committed() const noexcept;

    /// Why writing to output `i` fails now, with its path: its disk or quota is full, or a limit is
    /// reached. Empty when nothing is wrong.
    [[nodiscard]] std::string trouble(std::size_t i) const;

    /// The last lines of what the run wrote to output `i`, without a final newline; empty for what
    /// cannot be read back, and after commit or roll-back.
    [[nodiscard]] std::string tail(std::size_t i, int lines) const;

  private:
    struct State;
    void undo(bool cancelled) noexcept;
    explicit OutputSet(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace pipectl
