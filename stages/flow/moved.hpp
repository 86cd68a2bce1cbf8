#pragma once

// What a helper counts for whoever runs it: the bytes that went over each of its descriptors.
//
// The kernel's own count of a process leaves out what splice(2) and tee(2) move, which is most of
// what helpers do.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace pipectl::helper {

/// From now on the bytes are counted where PIPECTL_COUNTS says: "FILE NUMBER=INDEX ...", FILE being
/// the descriptor of a SharedCounts. Without that variable nobody wants to know. What the helper
/// itself starts does not get the file.
void share_counts();

/// So many bytes more went over descriptor `number`.
void count_moved(int number, std::size_t bytes);

/// What read(2) gives of descriptor `number`, counted; 0 at the end of file, nothing when there is
/// none yet. Throws SystemError.
std::optional<std::size_t> read_counted(int number, std::span<char> place);

/// Number `index` of those that are shared, whatever it stands for; 0 when nobody wants to know.
std::uint64_t counted(std::size_t index);
void add_to_count(std::size_t index, std::uint64_t number);

}  // namespace pipectl::helper
