#pragma once

// What the translation of a shell's text may ask about the machine that it is for.

#include <functional>
#include <string>

namespace pipectl::shell {

enum class FileKind { missing, regular, fifo, other };

struct Machine {
    std::function<FileKind(const std::string& path)> look;
    std::function<bool(const std::string& name)> has_variable;  ///< in the environment
};

}  // namespace pipectl::shell
