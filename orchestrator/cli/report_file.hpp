#pragma once

// A file of a report: the old one or the complete new one at any moment, never a half.

#include <string>
#include <string_view>

namespace pipectl {

/// "/dev/stderr", "/dev/fd/3": a name for a descriptor that is open already, and perhaps a file of
/// the caller's that must be neither cut nor replaced.
bool names_descriptor(std::string_view path);

/// Throws SystemError when `path` could not be written: its folder is missing or not writable, or
/// it is a folder itself. Changes nothing.
void check_report_file(const std::string& path);

/// Replaces the file by rename(2); what is no regular file (a terminal, a FIFO) is written to.
/// Throws SystemError.
void write_report_file(const std::string& path, std::string_view text);

}  // namespace pipectl
