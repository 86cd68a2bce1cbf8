#include "stages/ring/ring_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <utility>

#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/units.hpp"

namespace pipectl::channel {

namespace {

constexpr std::uint64_t kDefaultSize = 1 << 20;
constexpr std::uint64_t kSmallest = 4096;
constexpr std::uint64_t kLargest = std::uint64_t{1} << 40;
constexpr std::uint64_t kKiB = 1024;

/// Bytes that can be had without pushing others out; proc_meminfo(5). As many as can be said when
/// the kernel does not tell.
std::uint64_t available_memory() {
    const std::string table = read_small_file("/proc/meminfo");
    constexpr std::string_view kRow = "MemAvailable:";
    std::uint64_t kib = 0;
    std::size_t at = table.find(kRow);
    if (at == std::string::npos) return UINT64_MAX;
    at = table.find_first_of("0123456789", at);
    if (at == std::string::npos) return UINT64_MAX;
    std::from_chars(table.data() + at, table.data() + table.size(), kib);
    return kib * kKiB;
}

void map_at(char* place, int file, std::uint64_t offset, std::uint64_t size) {
    if (::mmap(place, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file,
               static_cast<off_t>(offset)) == MAP_FAILED) {
        throw SystemError("cannot map a ring of " + format_size(size), errno);
    }
}

}  // namespace

std::uint64_t ring_size(const Settings& settings) {
    const std::uint64_t asked = number_of(settings, "size", kDefaultSize);
    if (asked < kSmallest || asked > kLargest) {
        throw SystemError("cannot make a ring of " + format_size(asked), EINVAL,
                          "'size' is from 4KiB to 1TiB");
    }
    return std::max(std::bit_ceil(asked), ring_page());
}

std::uint64_t ring_page() {
    static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    return page;
}

void check_memory_for(std::uint64_t size) {
    const std::uint64_t available = available_memory();
    if (size > available) {
        throw SystemError("cannot make a ring of " + format_size(size), ENOMEM,
                          "this machine has " + format_size(available) +
                              " of memory left; a smaller 'size', or channel \"mmap\"");
    }
}

void allocate_ring_file(int file, std::uint64_t size, const std::string& what) {
    const std::uint64_t all = ring_page() + size;
    const std::string step = "cannot allocate " + format_size(all) + " in " + what;
    rlimit limit{};
    if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        limit.rlim_cur < all) {
        throw SystemError(step, EFBIG, "the limit for files (ulimit -f) is smaller");
    }
    int error = 0;
    do {
        error = ::posix_fallocate(file, 0, static_cast<off_t>(all));
    } while (error == EINTR);
    if (error != 0) throw SystemError(step, error, "a smaller 'size' needs less");
}

RingMemory::RingMemory(std::uint64_t size) : base_(nullptr), size_(size) {
    void* const base = ::mmap(nullptr, ring_page() + 2 * size, PROT_NONE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        throw SystemError("cannot reserve addresses for a ring of " + format_size(size), errno);
    }
    base_ = static_cast<char*>(base);
}

RingMemory::RingMemory(RingMemory&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), size_(other.size_) {}

RingMemory::~RingMemory() {
    if (base_ != nullptr) ::munmap(base_, ring_page() + 2 * size_);
}

RingView RingMemory::view() const {
    return {reinterpret_cast<RingHeader*>(base_), base_ + ring_page()};
}

RingMemory map_ring_file(int file, std::uint64_t size) {
    struct stat status {};
    if (::fstat(file, &status) != 0) throw SystemError("cannot look at a ring", errno);
    // a page beyond the end of the file would be a signal (SIGBUS) when it is touched; mmap(2)
    if (static_cast<std::uint64_t>(status.st_size) < ring_page() + size) {
        throw SystemError("the channel is corrupt", EBADMSG);
    }
    RingMemory memory(size);
    const RingView view = memory.view();
    map_at(reinterpret_cast<char*>(view.header), file, 0, ring_page() + size);
    map_at(memory.second(), file, ring_page(), size);
    return memory;
}

}  // namespace pipectl::channel
