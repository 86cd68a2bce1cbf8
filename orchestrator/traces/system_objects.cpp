#include "orchestrator/traces/system_objects.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <sstream>

#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

using ObjectKind = SystemObject::Kind;

constexpr const char* kQueueFolder = "/dev/mqueue";
constexpr const char* kMemoryFolder = "/dev/shm";
constexpr std::string_view kSemaphorePrefix = "sem.";
constexpr long kQueueMagic = 0x19800202;  // ipc/mqueue.c
constexpr mode_t kPermissions = 0777;
constexpr unsigned kGoesBit = 01000;  // SHM_DEST; proc_sysvipc(5)

double age_of(std::time_t changed) {
    return static_cast<double>(std::max<std::time_t>(0, std::time(nullptr) - changed));
}

/// A row of /proc/sysvipc: numbers, of which the third is octal.
using SysvRow = std::vector<long long>;

std::vector<SysvRow> sysv_rows(const char* table) {
    std::vector<SysvRow> rows;
    std::istringstream lines(read_small_file(std::string("/proc/sysvipc/") + table));
    std::string line;
    std::getline(lines, line);  // the names of the columns
    while (std::getline(lines, line)) {
        constexpr std::size_t kModeAt = 2;
        constexpr std::size_t kLeast = 10;
        std::istringstream columns(line);
        SysvRow row;
        for (std::string word; columns >> word;) {
            row.push_back(std::strtoll(word.c_str(), nullptr, row.size() == kModeAt ? 8 : 10));
        }
        if (row.size() >= kLeast) rows.push_back(std::move(row));
    }
    return rows;
}

/// What all three tables begin with.
SystemObject sysv_object(ObjectKind kind, const SysvRow& row, std::size_t owner_at,
                         std::size_t changed_at) {
    SystemObject object;
    object.kind = kind;
    object.key = static_cast<std::uint32_t>(row[0]);
    object.id = static_cast<int>(row[1]);
    object.mode = static_cast<mode_t>(row[2]) & kPermissions;
    object.owner = static_cast<uid_t>(row[owner_at]);
    object.age_s = age_of(row.size() > changed_at ? row[changed_at] : 0);
    return object;
}

void add_sysv_queues(std::vector<SystemObject>& found) {
    for (const SysvRow& row : sysv_rows("msg")) {
        SystemObject queue = sysv_object(ObjectKind::sysv_queue, row, 7, 13);
        queue.bytes = static_cast<std::uint64_t>(row[3]);
        queue.messages = static_cast<std::uint64_t>(row[4]);
        queue.last_sender = static_cast<pid_t>(row[5]);
        queue.last_receiver = static_cast<pid_t>(row[6]);
        found.push_back(std::move(queue));
    }
}

void add_sysv_memory(std::vector<SystemObject>& found) {
    for (const SysvRow& row : sysv_rows("shm")) {
        SystemObject memory = sysv_object(ObjectKind::sysv_memory, row, 7, 13);
        memory.goes = (static_cast<unsigned>(row[2]) & kGoesBit) != 0;
        memory.bytes = static_cast<std::uint64_t>(row[3]);
        memory.made_by = static_cast<pid_t>(row[4]);
        memory.last_user = static_cast<pid_t>(row[5]);
        memory.attached = static_cast<std::uint64_t>(row[6]);
        found.push_back(std::move(memory));
    }
}

/// Of a set that the caller may read.
void read_semaphores(SystemObject& set) {
    constexpr std::uint64_t kMostShown = 32;
    for (std::uint64_t i = 0; i < std::min(set.semaphore_count, kMostShown); ++i) {
        const int number = static_cast<int>(i);
        SystemObject::Semaphore one;
        one.value = ::semctl(set.id, number, GETVAL);
        if (one.value < 0) return;
        one.waiting = std::max(0, ::semctl(set.id, number, GETNCNT));
        one.waiting_zero = std::max(0, ::semctl(set.id, number, GETZCNT));
        set.last_user = std::max(set.last_user, ::semctl(set.id, number, GETPID));
        set.semaphores.push_back(one);
    }
}

void add_sysv_semaphores(std::vector<SystemObject>& found) {
    for (const SysvRow& row : sysv_rows("sem")) {
        SystemObject set = sysv_object(ObjectKind::sysv_semaphores, row, 4, 9);
        set.semaphore_count = static_cast<std::uint64_t>(row[3]);
        read_semaphores(set);
        found.push_back(std::move(set));
    }
}

/// The file system of POSIX queues, which root can have without mounting it anywhere; fsmount(2).
Fd detached_queue_folder() {
    constexpr unsigned kCloseOnExec = 1;  // FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC
    constexpr unsigned kCreate = 6;       // FSCONFIG_CMD_CREATE
    const Fd context(static_cast<int>(::syscall(SYS_fsopen, "mqueue", kCloseOnExec)));
    if (!context || ::syscall(SYS_fsconfig, context.get(), kCreate, nullptr, nullptr, 0) != 0) {
        return {};
    }
    return Fd(static_cast<int>(::syscall(SYS_fsmount, context.get(), kCloseOnExec, 0)));
}

Fd open_queue_folder() {
    Fd folder(::open(kQueueFolder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct statfs what {};
    if (folder && ::fstatfs(folder.get(), &what) == 0 && what.f_type == kQueueMagic) return folder;
    const Fd mounted = detached_queue_folder();
    return Fd(mounted ? ::openat(mounted.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1);
}

/// The names in a folder, without what begins with a dot of the folder's own.
std::vector<std::string> names_in(const Fd& folder) {
    std::vector<std::string> names;
    const int copy = folder ? ::fcntl(folder.get(), F_DUPFD_CLOEXEC, 0) : -1;
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(
        copy < 0 ? nullptr : ::fdopendir(copy),
        [](DIR* dir) { return dir == nullptr ? 0 : ::closedir(dir); });
    while (const dirent* entry = entries ? ::readdir(entries.get()) : nullptr) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") names.push_back(name);
    }
    return names;
}

SystemObject file_object(ObjectKind kind, std::string name, const struct stat& status) {
    SystemObject object;
    object.kind = kind;
    object.name = "/" + std::move(name);
    object.owner = status.st_uid;
    object.mode = status.st_mode & kPermissions;
    object.bytes = static_cast<std::uint64_t>(status.st_size);
    object.age_s = age_of(status.st_ctime);
    return object;
}

/// False when there is nothing to list them by.
bool add_posix_queues(std::vector<SystemObject>& found) {
    const Fd folder = open_queue_folder();
    if (!folder) return false;
    for (const std::string& name : names_in(folder)) {
        struct stat status {};
        if (::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
        SystemObject queue = file_object(ObjectKind::posix_queue, name, status);
        queue.bytes.reset();  // the length of the text below
        const Fd opened(::mq_open(queue.name.c_str(), O_RDONLY | O_NONBLOCK));
        mq_attr shape{};
        if (opened && ::mq_getattr(opened.get(), &shape) == 0) {
            queue.messages = static_cast<std::uint64_t>(shape.mq_curmsgs);
        }
        // "QSIZE:129 .."; mq_overview(7)
        const Fd text(::openat(folder.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        std::array<char, 128> line{};
        unsigned long long bytes = 0;
        if (text && ::read(text.get(), line.data(), line.size() - 1) > 0 &&
            std::sscanf(line.data(), "QSIZE:%llu", &bytes) == 1) {
            queue.bytes = bytes;
        }
        found.push_back(std::move(queue));
    }
    return true;
}

/// A semaphore of the C library's: its value, and how many wait, are the first two words of the
/// file; sem_t of glibc on 64 bits.
void read_posix_semaphore(int folder, const std::string& file, SystemObject& semaphore) {
    const Fd opened(::openat(folder, file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    std::array<std::uint32_t, 2> words{};
    if (!opened ||
        ::read(opened.get(), words.data(), sizeof words) != static_cast<ssize_t>(sizeof words)) {
        return;
    }
    semaphore.semaphores.push_back({static_cast<int>(words[0]), static_cast<int>(words[1]), 0});
}

void add_shared_memory(std::vector<SystemObject>& found) {
    const Fd folder(::open(kMemoryFolder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (const std::string& name : names_in(folder)) {
        struct stat status {};
        if (::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(status.st_mode)) {
            continue;
        }
        if (!name.starts_with(kSemaphorePrefix)) {
            found.push_back(file_object(ObjectKind::shared_memory, name, status));
            continue;
        }
        SystemObject semaphore =
            file_object(ObjectKind::posix_semaphore, name.substr(kSemaphorePrefix.size()), status);
        semaphore.semaphore_count = 1;
        read_posix_semaphore(folder.get(), name, semaphore);
        found.push_back(std::move(semaphore));
    }
}

}  // namespace

std::string_view name_of(SystemObject::Kind kind) {
    switch (kind) {
        case ObjectKind::sysv_queue: return "System V queue";
        case ObjectKind::sysv_memory: return "System V memory";
        case ObjectKind::sysv_semaphores: return "System V semaphores";
        case ObjectKind::posix_queue: return "POSIX queue";
        case ObjectKind::shared_memory: return "shared memory";
        case ObjectKind::posix_semaphore: return "POSIX semaphore";
    }
    return "";
}

std::string_view word_of(SystemObject::Kind kind) {
    switch (kind) {
        case ObjectKind::sysv_queue: return "sysv-mq";
        case ObjectKind::sysv_memory: return "sysv-shm";
        case ObjectKind::sysv_semaphores: return "sysv-sem";
        case ObjectKind::posix_queue: return "mq";
        case ObjectKind::shared_memory: return "shm";
        case ObjectKind::posix_semaphore: return "sem";
    }
    return "";
}

std::string spec_of(const SystemObject& object) {
    const std::string kind = std::string(word_of(object.kind)) + ":";
    if (object.id < 0) return kind + object.name;
    if (object.key == 0) return kind + "id=" + std::to_string(object.id);
    std::array<char, 16> key{};
    std::snprintf(key.data(), key.size(), "0x%x", object.key);
    return kind + key.data();
}

SystemObjects find_system_objects() {
    SystemObjects found;
    add_sysv_queues(found.objects);
    add_sysv_memory(found.objects);
    add_sysv_semaphores(found.objects);
    if (!add_posix_queues(found.objects)) {
        found.note =
            "POSIX queues cannot be listed: no file system of type mqueue is at "
            "/dev/mqueue (as root: mount -t mqueue none /dev/mqueue)";
    }
    add_shared_memory(found.objects);
    return found;
}

}  // namespace pipectl
