#pragma once

// Opening a file that a stage reads as its stdin, without ever waiting for anybody.

#include <string>

#include "stages/base/fd.hpp"

namespace pipectl {

struct OpenedInput {
    Fd file;              ///< invalid when it could not be opened
    std::string message;  ///< then: why
    std::string hint;
};

/// A regular file, a device, a FIFO that has a writer, or one of our own descriptors by its name
/// ("/dev/stdin", "/dev/fd/7").
OpenedInput open_input(const std::string& path);

}  // namespace pipectl
