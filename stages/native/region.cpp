// Shared regions: mapped by the path or id that PIPECTL_SHARED_NAME has, and guarded by the mutex
// behind their bytes.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string>
#include <system_error>

#include "stages/base/fd.hpp"
#include "stages/base/region_layout.hpp"
#include "stages/include/pipectl/stage.hpp"

namespace pipectl {

namespace {

[[noreturn]] void refuse(int error, const std::string& what) {
    throw std::system_error(error, std::generic_category(), what);
}

std::string variable_of(std::string_view name) {
    std::string variable = "PIPECTL_SHARED_" + std::string(name);
    for (char& c : variable) {
        c = c == '-' ? '_' : c;
    }
    return variable;
}

}  // namespace

struct Region::State {
    void* memory = nullptr;
    std::size_t total = 0;
    bool segment = false;  ///< of System V
    RegionControl* control = nullptr;

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (memory == nullptr) return;
        if (segment) {
            ::shmdt(memory);
        } else {
            ::munmap(memory, total);
        }
    }

    void attach(int id, const std::string& name) {
        shmid_ds status{};
        void* const at = ::shmat(id, nullptr, 0);
        if (at == reinterpret_cast<void*>(-1))
            refuse(errno, "cannot attach shared region '" + name + "'");
        segment = true;
        memory = at;
        if (::shmctl(id, IPC_STAT, &status) != 0) {
            refuse(errno, "cannot attach shared region '" + name + "'");
        }
        total = status.shm_segsz;
    }

    void map(const char* path, const std::string& name) {
        const Fd file(::open(path, O_RDWR | O_CLOEXEC));
        struct stat status {};
        if (!file || ::fstat(file.get(), &status) != 0) {
            refuse(errno, "cannot open shared region '" + name + "' at '" + path + "'");
        }
        if (status.st_size == 0) refuse(EPROTO, "'" + std::string(path) + "' is no shared region");
        const auto size = static_cast<std::size_t>(status.st_size);
        void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
        if (at == MAP_FAILED) refuse(errno, "cannot map shared region '" + name + "'");
        memory = at;
        total = size;
    }
};

Region::Region(std::string_view name) : state_(std::make_unique<State>()) {
    const std::string shown(name);
    const std::string variable = variable_of(name);
    const char* const where = std::getenv(variable.c_str());
    if (where == nullptr) {
        refuse(ENOENT, "there is no shared region '" + shown + "': " + variable + " is not set");
    }
    const std::string_view text(where);
    int id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error == std::errc() && end == text.data() + text.size()) {
        state_->attach(id, shown);
    } else {
        state_->map(where, shown);
    }
    state_->control = find_region_control(state_->memory, state_->total);
    if (state_->control == nullptr) {
        refuse(EPROTO, "what " + variable + " names is no shared region of pipectl's");
    }
}

Region::~Region() = default;
Region::Region(Region&&) noexcept = default;
Region& Region::operator=(Region&&) noexcept = default;

std::span<std::byte> Region::bytes() const {
    return {static_cast<std::byte*>(state_->memory),
            static_cast<std::size_t>(state_->control->size)};
}

bool Region::lock() {
    const int error = ::pthread_mutex_lock(&state_->control->guard);
    if (error == EOWNERDEAD) {
        // held now, and as good as any from here on; pthread_mutex_consistent(3)
        ::pthread_mutex_consistent(&state_->control->guard);
        return false;
    }
    if (error != 0) refuse(error, "cannot lock a shared region");
    return true;
}

void Region::unlock() {
    if (const int error = ::pthread_mutex_unlock(&state_->control->guard); error != 0) {
        refuse(error, "cannot unlock a shared region");
    }
}

Guard::Guard(Region& region) : region_(region), holder_died_(!region.lock()) {}

Guard::~Guard() {
    try {
        region_.unlock();
    } catch (const std::system_error&) {
        // not ours any more: somebody has written over it
    }
}

}  // namespace pipectl
