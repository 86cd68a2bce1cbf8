// Objects of IPC that somebody asked for by name: made, and removed.

#include <fcntl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "orchestrator/traces/system_objects.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/kernel_limit.hpp"

namespace pipectl {

namespace {

using ObjectKind = SystemObject::Kind;

constexpr int kNewAndPrivate = IPC_CREAT | IPC_EXCL | S_IRUSR | S_IWUSR;
constexpr std::uint64_t kUsualMemory = std::uint64_t{1} << 20;

std::string limit_text(const char* file) {
    return std::string(file) + " is " + std::to_string(kernel_limit(file, 0));
}

/// Which limit said no; msgget(2), shmget(2), semget(2), mq_overview(7).
std::string hint_of(ObjectKind kind, int error) {
    const bool is_full = error == ENOSPC;
    const bool is_wrong = error == EINVAL;
    switch (kind) {
        case ObjectKind::sysv_queue:
            return is_full ? limit_text("/proc/sys/kernel/msgmni") + " queues" : "";
        case ObjectKind::sysv_memory:
            if (is_wrong) return limit_text("/proc/sys/kernel/shmmax") + " bytes";
            if (error == ENOMEM) {
                return "more than the memory that is there, or " +
                       limit_text("/proc/sys/kernel/shmall") + " pages for all";
            }
            return is_full ? limit_text("/proc/sys/kernel/shmmni") + " segments" : "";
        case ObjectKind::sysv_semaphores:
            return is_full || is_wrong || error == ERANGE
                       ? "/proc/sys/kernel/sem: semaphores of a set, of all, calls, sets; a value "
                         "is 32767 at most"
                       : "";
        default:
            if (is_wrong) {
                return limit_text("/proc/sys/fs/mqueue/msgsize_max") + ", " +
                       limit_text("/proc/sys/fs/mqueue/msg_max");
            }
            return error == EMFILE ? "the queues of a user share 'ulimit -q' bytes" : "";
    }
}

[[noreturn]] void fail_to_make(const NewObject& wanted, int error) {
    SystemObject like;
    like.kind = wanted.kind;
    like.id = wanted.name.empty() ? 0 : -1;
    like.key = static_cast<std::uint32_t>(wanted.key);
    like.name = wanted.name;
    throw SystemError("cannot make '" + spec_of(like) + "'", error, hint_of(wanted.kind, error));
}

int make_semaphores(const NewObject& wanted) {
    const std::uint64_t count = wanted.count == 0 ? 1 : wanted.count;
    const int id = count > INT_MAX ? (errno = EINVAL, -1)
                                   : ::semget(wanted.key, static_cast<int>(count), kNewAndPrivate);
    for (std::uint64_t i = 0; id >= 0 && i < count; ++i) {
        if (::semctl(id, static_cast<int>(i), SETVAL, wanted.value) == 0) continue;
        const int error = errno;
        ::semctl(id, 0, IPC_RMID);
        errno = error;
        return -1;
    }
    return id;
}

int make_posix_queue(const NewObject& wanted) {
    mq_attr shape{};
    shape.mq_maxmsg = static_cast<long>(
        wanted.count != 0 ? wanted.count : kernel_limit("/proc/sys/fs/mqueue/msg_default", 10));
    shape.mq_msgsize = static_cast<long>(
        wanted.size != 0 ? wanted.size : kernel_limit("/proc/sys/fs/mqueue/msgsize_default", 8192));
    const Fd queue(
        ::mq_open(wanted.name.c_str(), O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, &shape));
    if (queue) ::fchmod(queue.get(), S_IRUSR | S_IWUSR);  // whatever the umask
    return queue ? 0 : -1;
}

}  // namespace

int make_system_object(const NewObject& wanted) {
    int id = -1;
    switch (wanted.kind) {
        case ObjectKind::sysv_queue: id = ::msgget(wanted.key, kNewAndPrivate); break;
        case ObjectKind::sysv_memory:
            id =
                ::shmget(wanted.key, wanted.size == 0 ? kUsualMemory : wanted.size, kNewAndPrivate);
            break;
        case ObjectKind::sysv_semaphores: id = make_semaphores(wanted); break;
        case ObjectKind::posix_queue: id = make_posix_queue(wanted); break;
        case ObjectKind::shared_memory:
        case ObjectKind::posix_semaphore: errno = ENOTSUP; break;
    }
    if (id < 0) fail_to_make(wanted, errno);
    return id;
}

int remove_system_object(const SystemObject& object) {
    int failed = 0;
    switch (object.kind) {
        case ObjectKind::sysv_queue: failed = ::msgctl(object.id, IPC_RMID, nullptr); break;
        case ObjectKind::sysv_memory: failed = ::shmctl(object.id, IPC_RMID, nullptr); break;
        case ObjectKind::sysv_semaphores: failed = ::semctl(object.id, 0, IPC_RMID); break;
        case ObjectKind::posix_queue: failed = ::mq_unlink(object.name.c_str()); break;
        case ObjectKind::shared_memory: failed = ::shm_unlink(object.name.c_str()); break;
        case ObjectKind::posix_semaphore:  // sem_unlink(3) in the C library's words
            failed = ::shm_unlink(("/sem." + object.name.substr(1)).c_str());
            break;
    }
    return failed == 0 ? 0 : errno;
}

}  // namespace pipectl
