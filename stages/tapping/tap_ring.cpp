#include "stages/tapping/tap_ring.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "stages/base/error.hpp"

namespace pipectl {

namespace {

/// Cheap enough to be asked for each piece: no system call; vdso(7).
std::int64_t tap_clock() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec;
}

}  // namespace

Fd TapRing::make() {
    Fd file(::memfd_create("pipectl.tap", MFD_CLOEXEC));
    if (!file || ::ftruncate(file.get(), sizeof(Memory)) != 0) {
        throw SystemError("cannot make memory for a tap", errno);
    }
    return file;
}

TapRing::TapRing(int file, bool writable) {
    void* const place = ::mmap(nullptr, sizeof(Memory),
                               writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file, 0);
    if (place == MAP_FAILED) {
        throw SystemError("cannot map a tap", errno);
    }
    memory_ = static_cast<Memory*>(place);
}

TapRing::~TapRing() {
    ::munmap(memory_, sizeof(Memory));
}

void TapRing::watch_for(int seconds) {
    memory_->watched_until = tap_clock() + seconds;
}

bool TapRing::is_watched() const {
    const std::int64_t until = memory_->watched_until.load(std::memory_order_relaxed);
    return until != 0 && tap_clock() < until;
}

void TapRing::add(std::string_view bytes) {
    const std::uint64_t begin = memory_->passed;
    const std::uint64_t end = begin + bytes.size();
    memory_->claimed = end;
    std::atomic_thread_fence(std::memory_order_seq_cst);
    bytes.remove_prefix(bytes.size() - std::min(bytes.size(), kRoom));
    std::size_t at = (end - bytes.size()) % kRoom;
    while (!bytes.empty()) {
        const std::size_t part = std::min(bytes.size(), kRoom - at);
        std::memcpy(memory_->bytes + at, bytes.data(), part);
        bytes.remove_prefix(part);
        at = 0;
    }
    memory_->passed = end;
}

void TapRing::skip(std::size_t bytes) {
    const std::uint64_t end = memory_->passed + bytes;
    memory_->kept_from = end;
    memory_->claimed = end;
    memory_->passed = end;
}

void TapRing::end() {
    memory_->ended = true;
}

std::uint64_t TapRing::passed() const {
    return memory_->passed;
}

bool TapRing::has_ended() const {
    return memory_->ended;
}

std::string TapRing::look(std::uint64_t& from) const {
    const std::uint64_t end = memory_->passed;
    const std::uint64_t oldest = end - std::min<std::uint64_t>(end, kRoom);
    const std::uint64_t first = std::min(end, std::max({from, oldest, memory_->kept_from.load()}));
    std::string text(end - first, '\0');
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t at = (first + i) % kRoom;
        const std::size_t part = std::min(text.size() - i, kRoom - at);
        std::memcpy(text.data() + i, memory_->bytes + at, part);
        i += part;
    }
    std::atomic_thread_fence(std::memory_order_seq_cst);
    // what was added meanwhile may have gone over the oldest of it
    const std::uint64_t claimed = memory_->claimed;
    const std::uint64_t intact = claimed - std::min<std::uint64_t>(claimed, kRoom);
    const std::uint64_t begin = std::max(first, std::min(end, intact));
    text.erase(0, begin - first);
    from = begin;
    return text;
}

}  // namespace pipectl
