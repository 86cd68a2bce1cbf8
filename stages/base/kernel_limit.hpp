#pragma once

// A limit of the kernel's, as a file of /proc/sys tells it; sysctl(8).

#include <cstdint>

namespace pipectl {

/// The number that the file begins with; `otherwise` when it cannot be read or has none.
std::uint64_t kernel_limit(const char* path, std::uint64_t otherwise);

}  // namespace pipectl
