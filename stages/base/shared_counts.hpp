#pragma once

// Numbers that two processes share: one counts, the other one looks whenever it likes, also when
// the first was killed.
//
// They are in a file without a name that can neither grow nor shrink, so that nobody who gets hold
// of it ends a process that looks at it.

#include <cstddef>
#include <cstdint>
#include <span>

#include "stages/base/fd.hpp"

namespace pipectl {

class SharedCounts {
  public:
    /// None: nothing can be counted.
    SharedCounts() = default;
    SharedCounts(SharedCounts&& other) noexcept;
    SharedCounts& operator=(SharedCounts&& other) noexcept;
    ~SharedCounts();

    /// `size` numbers, all 0. Invalid when the kernel has no memory of that sort for us.
    static SharedCounts make(std::size_t size);
    /// Those that another process made, by its file. Invalid when it is no such file.
    static SharedCounts open(Fd file);

    [[nodiscard]] bool valid() const { return !numbers_.empty(); }
    [[nodiscard]] int file() const { return file_.get(); }
    [[nodiscard]] std::size_t size() const { return numbers_.size(); }
    [[nodiscard]] std::uint64_t at(std::size_t index) const;
    void add(std::size_t index, std::uint64_t number);

  private:
    SharedCounts(Fd file, std::span<std::uint64_t> numbers);

    Fd file_;
    std::span<std::uint64_t> numbers_;
};

}  // namespace pipectl
