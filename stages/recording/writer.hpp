#pragma once

// Appends blocks to a recording. Several processes may do so over one open file description.

#include <cstdint>
#include <string_view>

#include "stages/recording/format.hpp"

namespace pipectl::recording {

/// Writes the beginning and a new mark to an empty file. `file` was opened with O_APPEND and is
/// borrowed. Throws SystemError.
void begin(int file);

class Writer {
  public:
    /// Of a recording that was begun; it must be possible to open the file again for reading.
    /// Throws SystemError.
    explicit Writer(int file);

    /// Appends a block, in one write(2). Throws SystemError (ENOSPC, also when the disk took a part
    /// of it): what is left of the block is damage to whoever reads.
    void append(const Header& header, std::string_view content) const;

  private:
    int file_;
    Mark mark_{};
};

}  // namespace pipectl::recording
