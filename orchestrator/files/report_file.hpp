#pragma once

// A file that is written at once, at the end: a report, a page, a definition that is changed.
//
// It is opened before the work begins, so that what cannot be written is known by then. A regular
// file is prepared without a name and takes over the target's as an output of a run does
// (outputs.hpp): the old one or the complete new one at any moment. What is no regular file (a
// terminal, a FIFO, "/dev/fd/3", "-" for stdout) is written to, and its reader may keep us waiting
// for a bounded time only.

#include <stdexcept>
#include <string>
#include <string_view>

#include "orchestrator/files/outputs.hpp"

namespace pipectl {

class ReportError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

class ReportFile {
  public:
    /// No file: write() does nothing.
    ReportFile() = default;

    enum class Sort { text, executable };  ///< the latter: who may read it may run it

    /// An empty path is no file. Throws ReportError for what could not be written later, and for a
    /// FIFO that nobody reads. Changes nothing.
    explicit ReportFile(const std::string& path, Sort sort = Sort::text);

    /// There is one.
    explicit operator bool() const noexcept { return !path_.empty(); }

    /// Throws ReportError; the old file is then as it was.
    void write(std::string_view text);

    /// Leaves the old file as it was.
    void discard() noexcept { set_.roll_back(); }

  private:
    void put(std::string_view text);

    std::string path_;
    OutputSet set_;
};

/// A file that grows while others read it: cut to nothing when it is a regular one, never blocking
/// when it is not. Throws ReportError.
Fd open_stream(const std::string& path);

/// A file that several processes append to: a regular one, cut to nothing and from now on its
/// owner's alone. Throws ReportError.
Fd open_shared_log(const std::string& path);

}  // namespace pipectl
