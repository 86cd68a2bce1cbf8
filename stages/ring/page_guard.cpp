#include "stages/ring/page_guard.hpp"
#include "stages/base/own_status.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace pipectl::channel {

namespace {

constexpr std::size_t kSlots = 64;

// read by the signal handler; `end` is 0 where nothing is guarded
struct Range {
    std::atomic<std::uintptr_t> begin;
    std::atomic<std::uintptr_t> end;
};
Range ranges[kSlots];
struct sigaction before;

bool is_guarded(std::uintptr_t address) {
    for (const Range& range : ranges) {
        if (address >= range.begin && address < range.end) return true;
    }
    return false;
}

void on_fault(int /*signal*/, siginfo_t* info, void* /*context*/) {
    if (is_guarded(reinterpret_cast<std::uintptr_t>(info->si_addr))) {
        constexpr char kWords[] =
            "pipectl: the channel is corrupt: its file was cut short by the other end\n";
        (void)!::write(STDERR_FILENO, kWords, sizeof kWords - 1);
        ::_exit(kOwnErrorStatus);
    }
    ::sigaction(SIGBUS, &before, nullptr);  // the instruction runs again, and faults again
}

void catch_faults() {
    static const bool caught = [] {
        struct sigaction action {};
        action.sa_sigaction = on_fault;
        action.sa_flags = SA_SIGINFO;
        return ::sigaction(SIGBUS, &action, &before) == 0;
    }();
    (void)caught;
}

}  // namespace

PageGuard::PageGuard(const void* begin, std::size_t size) noexcept : slot_(0) {
    const auto first = reinterpret_cast<std::uintptr_t>(begin);
    for (; slot_ < kSlots; ++slot_) {
        std::uintptr_t free = 0;
        if (ranges[slot_].end.compare_exchange_strong(free, first + size)) {
            ranges[slot_].begin = first;
            break;
        }
    }
    catch_faults();
}

PageGuard::~PageGuard() {
    if (slot_ < kSlots) ranges[slot_].end = 0;
}

}  // namespace pipectl::channel
