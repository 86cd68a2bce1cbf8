#include "stages/base/error.hpp"

#include <cstring>

namespace pipectl {

SystemError::SystemError(const std::string& what_failed, int code, const std::string& hint)
    : std::runtime_error(what_failed + ": " + errno_text(code) +
                         (hint.empty() ? "" : " (" + hint + ")")),
      code_(code) {}

std::string errno_text(int code) {
    const char* text = ::strerrordesc_np(code);
    return text != nullptr ? text : "error " + std::to_string(code);
}

}  // namespace pipectl
