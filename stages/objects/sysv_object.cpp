#include "stages/objects/sysv_object.hpp"

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include <charconv>
#include <optional>

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

struct Object {
    SysvKind kind;
    int id;
};

std::optional<Object> parse(std::string_view name) noexcept {
    for (const SysvKind kind : {SysvKind::queue, SysvKind::segment, SysvKind::semaphores}) {
        const std::string_view prefix = prefix_of(kind);
        if (!name.starts_with(prefix)) continue;
        int id = -1;
        std::from_chars(name.data() + prefix.size(), name.data() + name.size(), id);
        return Object{kind, id};
    }
    return std::nullopt;
}

bool is_own(const ipc_perm& who, std::time_t changed, std::time_t latest) {
    constexpr std::time_t kLeeway = 5;  // semaphores are set after they have been made
    return who.__key == IPC_PRIVATE && is_users_alone(who) && (who.mode & 0777) == 0600 &&
           changed <= latest + kLeeway;
}

}  // namespace

bool is_users_alone(const ipc_perm& who) noexcept {
    return who.uid == ::geteuid() && who.cuid == ::geteuid() && (who.mode & 0077) == 0;
}

std::string sysv_name(SysvKind kind, int id) {
    return std::string(prefix_of(kind)) + std::to_string(id);
}

bool is_sysv_name(std::string_view name) noexcept {
    return parse(name).has_value();
}

bool remove_sysv(std::string_view name) noexcept {
    const std::optional<Object> object = parse(name);
    if (!object) return false;
    switch (object->kind) {
        case SysvKind::queue: ::msgctl(object->id, IPC_RMID, nullptr); break;
        case SysvKind::segment: ::shmctl(object->id, IPC_RMID, nullptr); break;
        case SysvKind::semaphores: ::semctl(object->id, 0, IPC_RMID); break;
    }
    return true;
}

bool is_own_sysv(std::string_view name, std::time_t latest) noexcept {
    const std::optional<Object> object = parse(name);
    if (!object) return false;
    switch (object->kind) {
        case SysvKind::queue: {
            msqid_ds queue{};
            return ::msgctl(object->id, IPC_STAT, &queue) == 0 &&
                   is_own(queue.msg_perm, queue.msg_ctime, latest);
        }
        case SysvKind::segment: {
            shmid_ds segment{};
            return ::shmctl(object->id, IPC_STAT, &segment) == 0 &&
                   is_own(segment.shm_perm, segment.shm_ctime, latest);
        }
        case SysvKind::semaphores: {
            semid_ds set{};
            return ::semctl(object->id, 0, IPC_STAT, &set) == 0 &&
                   is_own(set.sem_perm, set.sem_ctime, latest);
        }
    }
    return false;
}

}  // namespace pipectl::channel
