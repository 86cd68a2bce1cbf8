#include "stages/base/region_layout.hpp"

#include <unistd.h>

namespace pipectl {

namespace {

constexpr std::uint64_t kRegionMagic = 0x6e6f69676572'31ULL << 8U | 0x70;  // "p1region"

std::size_t page_size() {
    return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

RegionControl* control_at(void* memory, std::size_t total) {
    return reinterpret_cast<RegionControl*>(static_cast<char*>(memory) + total - page_size());
}

}  // namespace

std::size_t region_total(std::uint64_t size) {
    const std::size_t page = page_size();
    return (static_cast<std::size_t>(size) + page - 1) / page * page + page;
}

int make_region_control(void* memory, std::uint64_t size) {
    RegionControl* const control = control_at(memory, region_total(size));
    pthread_mutexattr_t attributes;
    int error = ::pthread_mutexattr_init(&attributes);
    if (error != 0) return error;
    error = ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (error == 0) error = ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    // who locks it twice is told so, and does not wait for himself
    if (error == 0) error = ::pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    if (error == 0) error = ::pthread_mutex_init(&control->guard, &attributes);
    ::pthread_mutexattr_destroy(&attributes);
    control->size = size;
    control->magic = kRegionMagic;
    return error;
}

RegionControl* find_region_control(void* memory, std::size_t total) {
    const std::size_t page = page_size();
    if (total < 2 * page || total % page != 0) return nullptr;
    RegionControl* const control = control_at(memory, total);
    const bool is_one = control->magic == kRegionMagic && region_total(control->size) == total;
    return is_one ? control : nullptr;
}

}  // namespace pipectl
