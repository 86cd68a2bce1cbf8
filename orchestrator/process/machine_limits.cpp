#include "orchestrator/process/machine_limits.hpp"

#include <sys/resource.h>
#include <sys/statvfs.h>

#include <sstream>

#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

struct Setting {
    const char* name;
    const char* file;
    int place;
    LimitUnit unit;
    const char* meaning;
};

constexpr auto kBytes = LimitUnit::bytes;
constexpr auto kPages = LimitUnit::pages;
constexpr auto kCount = LimitUnit::count;

constexpr Setting kSettings[] = {
    {"pipe-max-size", "/proc/sys/fs/pipe-max-size", 0, kBytes,
     "one pipe of an unprivileged user at most"},
    {"pipe-user-pages-soft", "/proc/sys/fs/pipe-user-pages-soft", 0, kPages,
     "all pipes of a user; beyond, new ones are small (0: no limit)"},
    {"pipe-user-pages-hard", "/proc/sys/fs/pipe-user-pages-hard", 0, kPages,
     "all pipes of a user; beyond, none is made (0: no limit)"},
    {"msgmax", "/proc/sys/kernel/msgmax", 0, kBytes, "one message of a System V queue"},
    {"msgmnb", "/proc/sys/kernel/msgmnb", 0, kBytes, "all that waits in a System V queue"},
    {"msgmni", "/proc/sys/kernel/msgmni", 0, kCount, "System V queues"},
    {"msg_max", "/proc/sys/fs/mqueue/msg_max", 0, kCount, "messages in a POSIX queue"},
    {"msgsize_max", "/proc/sys/fs/mqueue/msgsize_max", 0, kBytes, "one message of a POSIX queue"},
    {"queues_max", "/proc/sys/fs/mqueue/queues_max", 0, kCount, "POSIX queues"},
    {"shmmax", "/proc/sys/kernel/shmmax", 0, kBytes, "one System V segment"},
    {"shmall", "/proc/sys/kernel/shmall", 0, kPages, "all System V segments"},
    {"shmmni", "/proc/sys/kernel/shmmni", 0, kCount, "System V segments"},
    {"semmsl", "/proc/sys/kernel/sem", 0, kCount, "semaphores in a System V set"},
    {"semmns", "/proc/sys/kernel/sem", 1, kCount, "System V semaphores"},
    {"semopm", "/proc/sys/kernel/sem", 2, kCount, "operations in one semop(2)"},
    {"semmni", "/proc/sys/kernel/sem", 3, kCount, "System V semaphore sets"},
    {"wmem_max", "/proc/sys/net/core/wmem_max", 0, kBytes, "a socket's buffer for sending"},
    {"rmem_max", "/proc/sys/net/core/rmem_max", 0, kBytes, "a socket's buffer for receiving"},
    {"max_dgram_qlen", "/proc/sys/net/unix/max_dgram_qlen", 0, kCount,
     "datagrams that wait in a unix socket"},
};

/// Beside the settings: POSIX queues are counted against a limit of the process.
void add_resource_limit(std::vector<MachineLimit>& limits) {
    MachineLimit limit{"RLIMIT_MSGQUEUE", "ulimit -q", kBytes, "all POSIX queues of a user",
                       std::nullopt,      false};
    rlimit now{};
    if (::getrlimit(RLIMIT_MSGQUEUE, &now) == 0) {
        limit.unlimited = now.rlim_cur == RLIM_INFINITY;
        if (!limit.unlimited) limit.value = now.rlim_cur;
    }
    limits.push_back(limit);
}

void add_shared_memory(std::vector<MachineLimit>& limits) {
    MachineLimit limit{"free in /dev/shm",           "/dev/shm",   kBytes,
                       "shared memory that is left", std::nullopt, false};
    constexpr int kMegabyte = 20;
    struct statvfs room {};
    if (::statvfs("/dev/shm", &room) == 0) {
        const std::uint64_t free = static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize;
        limit.value = free >> kMegabyte << kMegabyte;
    }
    limits.push_back(limit);
}

}  // namespace

std::vector<MachineLimit> machine_limits() {
    std::vector<MachineLimit> limits;
    for (const Setting& setting : kSettings) {
        limits.push_back({setting.name, setting.file, setting.unit, setting.meaning,
                          number_in_file(setting.file, setting.place), false});
    }
    add_resource_limit(limits);
    add_shared_memory(limits);
    return limits;
}

std::optional<std::uint64_t> number_in_file(const std::string& path, int place) {
    std::istringstream numbers(read_small_file(path));
    std::uint64_t number = 0;
    for (int i = 0; i <= place; ++i) {
        if (!(numbers >> number)) return std::nullopt;
    }
    return number;
}

}  // namespace pipectl
