#include "orchestrator/traces/machine_check.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <map>
#include <sstream>

#include "orchestrator/preflight/preflight.hpp"
#include "orchestrator/process/cgroup.hpp"
#include "orchestrator/process/machine_limits.hpp"
#include "orchestrator/traces/run_folder.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/pidfd.hpp"
#include "stages/base/units.hpp"
#include "stages/objects/object_name.hpp"
#include "stages/objects/spool.hpp"

namespace pipectl {

namespace {

constexpr int kNetRaw = 13;  // CAP_NET_RAW; capabilities(7)

MachineCheck verdict(std::string_view name, bool ok, std::string good, std::string lost) {
    return {std::string(name), ok, ok ? std::move(good) : std::move(lost)};
}

bool may_make_group() {
    Cgroup group = Cgroup::create(channel::make_object_name());
    const bool made = static_cast<bool>(group);
    group.remove();
    return made;
}

bool has_capability(int number) {
    std::istringstream lines(read_small_file("/proc/self/status"));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("CapEff:")) {
            return (std::strtoull(line.c_str() + 7, nullptr, 16) >> number & 1) != 0;
        }
    }
    return false;
}

bool is_there(const char* path) {
    return ::access(path, F_OK) == 0;
}

MachineCheck check_helper(const char* name, const char* lost) {
    const char* const asked = std::getenv("PIPECTL_HELPER");
    std::map<std::string, std::string> environment;
    if (asked != nullptr) environment["PIPECTL_HELPER"] = asked;
    const std::string helper = find_helper(environment, name);
    return verdict(name, !helper.empty(), helper, lost);
}

MachineCheck check_runtime_folder() {
    const std::string folder = run_folder_path("");
    const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
    const bool used = runtime != nullptr && folder.starts_with(std::string(runtime) + "/");
    const std::string place = folder.substr(0, folder.rfind('/'));
    const std::string lost = "not set, or not the user's alone, or read-only: ";
    if (!used && !channel::takes_files(place)) {
        return {"XDG_RUNTIME_DIR", false,
                lost + "runs cannot make a folder in " + place +
                    " either, and channels that need names ('fifo', System V's) cannot be used"};
    }
    return verdict("XDG_RUNTIME_DIR", used, "runs put their folders there",
                   lost + "runs put their folders into " + place);
}

MachineCheck check_nameless_files() {
    const std::string folder = channel::spool_folder();
    const std::string in_memory = folder == "/dev/shm" ? ", which is memory," : "";
    const Fd file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR));
    const int error = errno;
    if (!file && !channel::takes_files(folder)) {
        return {"O_TMPFILE", false,
                "no file can be made in " + folder + " (" + errno_text(error) +
                    "): channels 'file' and 'mmap' and buffers that spill cannot be used; TMPDIR "
                    "names another folder"};
    }
    return verdict("O_TMPFILE", file.valid(),
                   "spool files in " + folder + in_memory + " never have a name",
                   "spool files in " + folder + in_memory +
                       " have a name for a moment, which a crash may leave behind");
}

MachineCheck check_pipes() {
    constexpr std::uint64_t kUsual = 16384;
    const auto pages = number_in_file("/proc/sys/fs/pipe-user-pages-soft");
    const std::string value = pages ? std::to_string(*pages) : "unknown";
    return verdict("pipe-user-pages-soft", pages && (*pages == 0 || *pages >= kUsual),
                   value + " pages: 32 pipes of a run have 1 MiB each, more have less",
                   value + " pages: pipes of larger runs fall back to a few pages, and are slow");
}

MachineCheck check_shared_memory() {
    constexpr std::uint64_t kEnough = 64 << 20;
    struct statfs room {};
    const bool there = ::statfs("/dev/shm", &room) == 0;
    const std::uint64_t free =
        there ? static_cast<std::uint64_t>(room.f_bavail) * static_cast<std::uint64_t>(room.f_bsize)
              : 0;
    return verdict("/dev/shm", free >= kEnough, format_size(free >> 20 << 20) + " free",
                   format_size(free) + " free: few channels 'shm' fit");
}

MachineCheck check_system_v() {
    constexpr std::uint64_t kUsual = 8192;
    const auto longest = number_in_file("/proc/sys/kernel/msgmax");
    return verdict("System V IPC", is_there("/proc/sysvipc/msg") && longest.value_or(0) >= kUsual,
                   "queues, semaphores and segments are there",
                   "no or short messages: 'sysv-mq' and 'sysv-shm' cannot be used or are slow");
}

MachineCheck check_queues() {
    return verdict("POSIX queues", is_there("/proc/sys/fs/mqueue"), "for channel 'mq'",
                   "this kernel has none: channel 'mq' cannot be used");
}

}  // namespace

std::vector<MachineCheck> check_machine() {
    const Fd memory(::memfd_create("pipectl.doctor", MFD_CLOEXEC));
    const Fd process = open_pidfd(::getpid());
    const Fd watch(::inotify_init1(IN_CLOEXEC));
    return {
        check_helper("pipectl-helper",
                     "it is neither beside pipectl nor in ../libexec/pipectl: no fan-out, fan-in, "
                     "buffers or bridges"),
        check_helper("pipectl-net", "it is not beside pipectl-helper: no channel 'net'"),
        verdict("control group", may_make_group(),
                "a run's processes are held by one and ended by one write",
                "none may be made below this one (version 2, kernel 5.14): runs are ended by a "
                "search for their processes"),
        verdict("pidfd", process.valid(), "no signal ever hits a process that has another's pid",
                "kernel 5.4 or newer is needed: nothing can be run"),
        verdict("memfd", memory.valid(), "shared memory without a name",
                "shared memory has a name for a moment"),
        verdict("inotify", watch.valid(), "readers of spool files sleep until there is more",
                "no instance is left (fs.inotify.max_user_instances): channel 'file' is slower"),
        check_runtime_folder(),
        check_nameless_files(),
        check_pipes(),
        check_shared_memory(),
        check_queues(),
        verdict("/dev/mqueue", is_there("/dev/mqueue"), "'ipc ls' sees POSIX queues",
                "not mounted: 'ipc ls' cannot see POSIX queues; channel 'mq' works all the same"),
        check_system_v(),
        verdict("CAP_NET_RAW", has_capability(kNetRaw), "for channel 'raw'",
                "channel 'raw' cannot be used"),
        {"user namespaces", true, "not needed"},
    };
}

}  // namespace pipectl
