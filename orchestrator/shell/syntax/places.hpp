#pragma once

// Bytes of a text to places in it, for many that are asked in ascending order.
//
// SourceLines counts columns from the start of the line each time; a line of a thousand stages
// would be counted a thousand times.

#include <cstddef>
#include <string_view>

#include "orchestrator/diagnostic/diagnostic.hpp"

namespace pipectl::shell {

class Places {
  public:
    /// Borrows the text.
    explicit Places(std::string_view text) : text_(text) {}

    /// An offset before the last one that was asked for begins at the start again.
    Place at(std::size_t offset) {
        if (offset < done_) {
            done_ = 0;
            place_ = {1, 1};
        }
        for (; done_ < offset && done_ < text_.size(); ++done_) {
            if (text_[done_] == '\n') {
                ++place_.line;
                place_.column = 1;
            } else if ((static_cast<unsigned char>(text_[done_]) & 0xC0U) != 0x80) {
                ++place_.column;  // bytes that continue a code point do not count
            }
        }
        return place_;
    }

  private:
    std::string_view text_;
    std::size_t done_ = 0;
    Place place_{1, 1};
};

}  // namespace pipectl::shell
