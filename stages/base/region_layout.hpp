#pragma once

// What a shared region is made of: the bytes that stages have of it, and behind them, on a page of
// its own, what its guard needs. Whoever maps a region by hand has its bytes from offset 0 on.
//
// The guard is a robust mutex that processes share: when its holder dies, the kernel tells the next
// one; pthread_mutexattr_setrobust(3). Stages of a run that map a region trust each other with it.

#include <pthread.h>

#include <cstddef>
#include <cstdint>

namespace pipectl {

struct RegionControl {
    std::uint64_t magic;
    std::uint64_t size;  ///< bytes that stages have
    pthread_mutex_t guard;
};

/// Of the whole object, for so many bytes that stages have.
std::size_t region_total(std::uint64_t size);

/// Makes the control part in new memory of region_total(size) bytes. Returns an errno, 0: done.
int make_region_control(void* memory, std::uint64_t size);

/// The control part of an object of `total` bytes that is mapped there; null when it has none.
RegionControl* find_region_control(void* memory, std::size_t total);

}  // namespace pipectl
