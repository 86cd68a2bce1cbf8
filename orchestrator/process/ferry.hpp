#pragma once

// Descriptors on their way into a child, where there are many.
//
// A child has a copy of its parent's table of descriptors, and closes at execve(2) what is not for
// it: with N stages N children each copy and close what belongs to all N. So a few low numbers are
// kept free. What a child gets is put there; it is born with the parent's own table and leaves it
// with nothing but the low numbers (CLOSE_RANGE_UNSHARE, close_range(2)), whatever stands above.

#include <utility>
#include <vector>

namespace pipectl {

/// Keeps low numbers from now on, for all children of this process and of those that share its
/// table. To be called before there are many descriptors; once or more often. Without them children
/// start as they do elsewhere, only slower.
void keep_low_numbers() noexcept;

/// What one child gets, from its construction to its end; one at a time.
class Ferry {
  public:
    using Pairs = std::vector<std::pair<int, int>>;  ///< number in the child, descriptor here

    explicit Ferry(const Pairs& descriptors);
    Ferry(const Ferry&) = delete;
    Ferry& operator=(const Ferry&) = delete;
    ~Ferry();

    /// The same, with the low numbers in place of ours where they are used.
    [[nodiscard]] const Pairs& descriptors() const noexcept { return pairs_; }
    /// The number from which on the child takes nothing along; 0: it gets a copy of the table.
    [[nodiscard]] int leave_from() const noexcept { return leave_from_; }

  private:
    Pairs pairs_;
    int leave_from_ = 0;
};

}  // namespace pipectl
