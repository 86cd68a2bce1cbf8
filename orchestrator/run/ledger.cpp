#include "orchestrator/run/ledger.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "stages/base/error.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kSlots = 64;
constexpr std::size_t kPathSize = 1024;

}  // namespace

struct Ledger::Page {
    // An empty string is a free slot; the first byte is written last and cleared first.
    char paths[kSlots][kPathSize];
};

Ledger::Ledger() {
    void* memory =
        ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
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
    for (auto& slot : page_->paths) {
        if (slot[0] == '\0') {
            std::memcpy(slot + 1, path.c_str() + 1, path.size());
            __atomic_store_n(slot, path[0], __ATOMIC_RELEASE);
            return;
        }
    }
    throw SystemError("cannot keep more than " + std::to_string(kSlots) + " names at a time",
                      ENOSPC);
}

void Ledger::remove(const std::string& path) noexcept {
    for (auto& slot : page_->paths) {
        if (slot[0] != '\0' && path == slot) {
            __atomic_store_n(slot, '\0', __ATOMIC_RELEASE);
        }
    }
}

void Ledger::clean_up() noexcept {
    for (std::size_t i = kSlots; i-- > 0;) {
        char* slot = page_->paths[i];
        if (slot[0] != '\0') {
            if (::unlink(slot) != 0 && errno == EISDIR) {
                ::rmdir(slot);
            }
            __atomic_store_n(slot, '\0', __ATOMIC_RELEASE);
        }
    }
}

}  // namespace pipectl
