#include "stages/channel/sysv_object.hpp"

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include <charconv>

namespace pipectl::channel {

namespace {

constexpr std::string_view kQueue = "sysv:msg:";
constexpr std::string_view kSegment = "sysv:shm:";
constexpr std::string_view kSemaphores = "sysv:sem:";

std::string_view prefix_of(SysvKind kind) {
    switch (kind) {
        case SysvKind::queue: return kQueue;
        case SysvKind::segment: return kSegment;
        case SysvKind::semaphores: return kSemaphores;
    }
    return {};
}

}  // namespace

std::string sysv_name(SysvKind kind, int id) {
    return std::string(prefix_of(kind)) + std::to_string(id);
}

bool remove_sysv(std::string_view name) noexcept {
    for (const SysvKind kind : {SysvKind::queue, SysvKind::segment, SysvKind::semaphores}) {
        const std::string_view prefix = prefix_of(kind);
        if (!name.starts_with(prefix)) continue;
        int id = -1;
        std::from_chars(name.data() + prefix.size(), name.data() + name.size(), id);
        switch (kind) {
            case SysvKind::queue: ::msgctl(id, IPC_RMID, nullptr); break;
            case SysvKind::segment: ::shmctl(id, IPC_RMID, nullptr); break;
            case SysvKind::semaphores: ::semctl(id, 0, IPC_RMID); break;
        }
        return true;
    }
    return false;
}

}  // namespace pipectl::channel
