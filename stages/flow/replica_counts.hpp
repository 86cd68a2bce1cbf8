#pragma once

// What replicas of a stage have done, told to whoever runs it: numbers in the memory that helpers
// count in (stages/flow/moved.hpp).

#include <cstddef>
#include <cstdint>
#include <optional>

#include "stages/flow/moved.hpp"
#include "stages/job/protocol.hpp"

namespace pipectl::helper {

class ReplicaCounts {
  public:
    /// `first`: the index of replica 0's first number; nothing: nobody wants to know.
    explicit ReplicaCounts(std::optional<std::size_t> first) : first_(first) {}

    void add(std::size_t replica, job::ReplicaNumber what, std::uint64_t number) const {
        if (first_) add_to_count(job::index_of(*first_, replica, what), number);
    }
    /// It becomes at least `number`.
    void raise(std::size_t replica, job::ReplicaNumber what, std::uint64_t number) const {
        if (!first_) return;
        const std::uint64_t before = counted(job::index_of(*first_, replica, what));
        if (number > before) add(replica, what, number - before);
    }

  private:
    std::optional<std::size_t> first_;
};

}  // namespace pipectl::helper
