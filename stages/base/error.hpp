#pragma once

// The error of an operation that cannot go on: what was tried, on what, and the system's reason.
//
// Wording: lower case, the object quoted, the system's text last, a hint where one is known:
//   cannot create FIFO '/run/x/e1': Permission denied

#include <stdexcept>
#include <string>

namespace pipectl {

class SystemError : public std::runtime_error {
  public:
    /// `what_failed` says the step and its object; the text of `code` (an errno) is added to it.
    SystemError(const std::string& what_failed, int code, const std::string& hint = {});

    /// The errno.
    [[nodiscard]] int code() const noexcept { return code_; }

  private:
    int code_;
};

/// The system's text for an errno: "No such file or directory".
std::string errno_text(int code);

}  // namespace pipectl
