#include "stages/base/shared_counts.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <utility>

namespace pipectl {

namespace {

constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

std::span<std::uint64_t> map(int file, std::size_t size) {
    void* const at =
        ::mmap(nullptr, size * sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    return at == MAP_FAILED ? std::span<std::uint64_t>()
                            : std::span(static_cast<std::uint64_t*>(at), size);
}

}  // namespace

SharedCounts::SharedCounts(Fd file, std::span<std::uint64_t> numbers)
    : file_(std::move(file)), numbers_(numbers) {}

SharedCounts::SharedCounts(SharedCounts&& other) noexcept
    : file_(std::move(other.file_)), numbers_(std::exchange(other.numbers_, {})) {}

SharedCounts& SharedCounts::operator=(SharedCounts&& other) noexcept {
    std::swap(file_, other.file_);
    std::swap(numbers_, other.numbers_);
    return *this;
}

SharedCounts::~SharedCounts() {
    if (valid()) ::munmap(numbers_.data(), numbers_.size_bytes());
}

SharedCounts SharedCounts::make(std::size_t size) {
    Fd file(::memfd_create("pipectl.counts", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (size == 0 || !file ||
        ::ftruncate(file.get(), static_cast<off_t>(size * sizeof(std::uint64_t))) != 0 ||
        ::fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) {
        return {};
    }
    const std::span<std::uint64_t> numbers = map(file.get(), size);
    return {std::move(file), numbers};
}

SharedCounts SharedCounts::open(Fd file) {
    struct stat status {};
    const int seals = ::fcntl(file.get(), F_GET_SEALS);
    // without the seals it is somebody else's file
    if (seals < 0 || (seals & kSeals) != kSeals || ::fstat(file.get(), &status) != 0) return {};
    const std::span<std::uint64_t> numbers =
        map(file.get(), static_cast<std::size_t>(status.st_size) / sizeof(std::uint64_t));
    return {std::move(file), numbers};
}

std::uint64_t SharedCounts::at(std::size_t index) const {
    return std::atomic_ref(numbers_[index]).load(std::memory_order_relaxed);
}

void SharedCounts::add(std::size_t index, std::uint64_t number) {
    std::atomic_ref(numbers_[index]).fetch_add(number, std::memory_order_relaxed);
}

}  // namespace pipectl
