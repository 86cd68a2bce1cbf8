#include "orchestrator/traces/ledger.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "stages/base/error.hpp"
#include "stages/objects/fifo_object.hpp"
#include "stages/objects/queue_object.hpp"
#include "stages/objects/region_object.hpp"
#include "stages/objects/sysv_object.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kSlots = 4096;
constexpr std::size_t kPathSize = 1024;

/// False: it is a folder with something in it.
bool remove_object(const char* name) noexcept {
    if (channel::remove_sysv(name) || channel::remove_queue(name) || channel::remove_fifo(name) ||
        channel::remove_region(name)) {
        return true;
    }
    return ::unlink(name) == 0 || errno != EISDIR || ::rmdir(name) == 0 || errno != ENOTEMPTY;
}

}  // namespace

struct Ledger::Page {
    std::size_t used;  ///< slots beyond have never been written
    // An empty string is a free slot; the first byte is written last and cleared first.
    char paths[kSlots][kPathSize];
};

Ledger::Ledger() {
    // memory is taken for the slots that are used only
    void* memory = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        throw SystemError("cannot map shared memory", errno);
    }
    page_ = static_cast<Page*>(memory);
}

Ledger::~Ledger() {
    ::munmap(page_, sizeof(Page));
}

void Ledger::add(const std::string& path) {
    if (path.empty() || path.size() >= kPathSize) {
        throw SystemError("cannot use '" + path + "'", ENAMETOOLONG);
    }
    for (std::size_t i = 0; i < kSlots; ++i) {
        char* const slot = page_->paths[(next_ + i) % kSlots];
        if (slot[0] == '\0') {
            std::memcpy(slot + 1, path.c_str() + 1, path.size());
            next_ = (next_ + i + 1) % kSlots;
            const std::size_t used = std::max(page_->used, next_ == 0 ? kSlots : next_);
            __atomic_store_n(&page_->used, used, __ATOMIC_RELEASE);
            __atomic_store_n(slot, path[0], __ATOMIC_RELEASE);
            return;
        }
    }
    throw SystemError("cannot keep more than " + std::to_string(kSlots) + " names at a time",
                      ENOSPC);
}

void Ledger::remove(const std::string& path) noexcept {
    for (std::size_t i = 0; i < page_->used; ++i) {
        char* const slot = page_->paths[i];
        if (slot[0] != '\0' && path == slot) {
            __atomic_store_n(slot, '\0', __ATOMIC_RELEASE);
            next_ = std::min(next_, i);
        }
    }
}

void Ledger::clean_up() noexcept {
    // slots are used again: a file may stand before its folder, which is empty in the second round
    for (const bool last : {false, true}) {
        for (std::size_t i = __atomic_load_n(&page_->used, __ATOMIC_ACQUIRE); i-- > 0;) {
            char* const slot = page_->paths[i];
            if (slot[0] != '\0' && (remove_object(slot) || last)) {
                __atomic_store_n(slot, '\0', __ATOMIC_RELEASE);
            }
        }
    }
}

}  // namespace pipectl
