#include "orchestrator/traces/ipc_objects.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <set>

#include "orchestrator/process/cgroup.hpp"
#include "orchestrator/process/descendants.hpp"
#include "orchestrator/traces/ipc_proof.hpp"
#include "orchestrator/traces/run_folder.hpp"
#include "orchestrator/traces/stray_run.hpp"
#include "orchestrator/traces/system_objects.hpp"
#include "stages/base/fd.hpp"
#include "stages/objects/fifo_object.hpp"
#include "stages/objects/object_name.hpp"
#include "stages/objects/region_object.hpp"
#include "stages/objects/run_remains.hpp"
#include "stages/objects/semaphores.hpp"
#include "stages/objects/sysv_object.hpp"

namespace pipectl {

namespace {

using channel::Remains;
using Kind = IpcObject::Kind;
using State = IpcObject::State;

constexpr const char* kQueues = "/dev/mqueue";
constexpr const char* kSharedMemory = "/dev/shm";
/// A control group without processes may be one that is just being made.
constexpr double kTooYoungS = 10;

State state_of(InUse in_use) {
    switch (in_use) {
        case InUse::no: return State::orphaned;
        case InUse::yes: return State::live;
        case InUse::unknown: return State::unknown;
    }
    return State::unknown;
}

State state_of(Remains::State state) {
    switch (state) {
        case Remains::State::owned: return State::live;
        case Remains::State::abandoned: return State::orphaned;
        case Remains::State::unknown: return State::unknown;
    }
    return State::unknown;
}

std::string run_of(const std::string& path) {
    return path.substr(path.rfind('.') + 1);
}

/// What has a name of ours in a folder, with what the file system knows of it.
std::vector<IpcObject> named_ones(const std::string& folder, Kind kind) {
    std::vector<IpcObject> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        struct stat info {};
        if (!channel::is_object_name(name) || ::lstat(entry.path().c_str(), &info) != 0) continue;
        // /dev/shm may have both
        if (S_ISDIR(info.st_mode) != (kind == Kind::folder || kind == Kind::control_group))
            continue;
        const auto age = static_cast<double>(std::time(nullptr) - info.st_mtime);
        found.push_back({kind, State::unknown, entry.path().string(), {}, info.st_uid, age});
    }
    return found;
}

/// Where runs put their folders; see run_folder.hpp.
std::set<std::string> places_of_folders() {
    const std::vector<std::string> shared = shared_run_places();
    std::set<std::string> places(shared.begin(), shared.end());
    const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
    if (runtime != nullptr && runtime[0] == '/') places.insert(runtime);
    return places;
}

bool is_gone(pid_t pid) {
    ProcessStat stat;
    return !read_process_stat(pid, stat) || stat.state == 'Z' || stat.state == 'X';
}

/// "4711 sleep"
std::string describe_process(pid_t pid) {
    ProcessStat stat;
    return std::to_string(pid) + (read_process_stat(pid, stat) ? " " + stat.name : "");
}

void add_folders(std::vector<IpcObject>& found, const std::set<std::string>& guarded) {
    for (const std::string& place : places_of_folders()) {
        for (IpcObject& folder : named_ones(place, Kind::folder)) {
            folder.run = run_of(folder.name);
            const Remains remains(folder.name);
            folder.state = state_of(remains.state());
            std::vector<pid_t> processes;
            if (folder.state == State::orphaned) {
                folder.state = guarded.contains(folder.run) ? State::live : State::orphaned;
                processes = processes_of_run(folder.run);
                if (folder.state == State::orphaned && !processes.empty()) {
                    folder.state = State::stray;
                }
            }
            found.push_back(folder);
            for (const std::string& object : remains.objects()) {
                if (channel::is_region_name(object)) continue;  // a file; it goes with the folder
                const Kind kind = channel::is_fifo_name(object) ? Kind::fifo : Kind::system_v;
                found.push_back(
                    {kind, folder.state, object, folder.run, folder.owner, folder.age_s});
            }
            for (const pid_t pid : processes) {
                found.push_back({Kind::process, folder.state, describe_process(pid), folder.run,
                                 folder.owner, folder.age_s});
            }
        }
    }
}

void add_files(std::vector<IpcObject>& found, const char* folder, Kind kind) {
    for (IpcObject& file : named_ones(folder, kind)) {
        file.state = state_of(file_in_use(file.name));
        found.push_back(file);
    }
}

State state_of_group(const IpcObject& group, const std::set<std::string>& alive) {
    if (group.owner != ::geteuid()) return State::unknown;
    const bool used =
        alive.contains(group.run) || !read_small_file(group.name + "/cgroup.procs").empty();
    if (used) return State::live;
    return group.age_s < kTooYoungS ? State::unknown : State::orphaned;
}

void add_control_groups(std::vector<IpcObject>& found, const std::set<std::string>& alive) {
    const std::string above = Cgroup::own_folder();
    if (above.empty()) return;
    for (IpcObject& group : named_ones(above, Kind::control_group)) {
        group.run = run_of(group.name);
        group.state = state_of_group(group, alive);
        found.push_back(group);
    }
}

/// "sysv-sem:0x5121 (1 of 2 free)"
void add_semaphores(std::vector<IpcObject>& found) {
    for (const SystemObject& set : find_system_objects().objects) {
        if (set.kind != SystemObject::Kind::sysv_semaphores || set.owner != ::geteuid()) continue;
        std::vector<int> values;
        for (const SystemObject::Semaphore& each : set.semaphores) {
            values.push_back(each.value);
        }
        if (set.key == 0 && channel::is_forgotten(set.id, values)) {
            found.push_back({Kind::system_v, State::orphaned,
                             channel::sysv_name(channel::SysvKind::semaphores, set.id), "",
                             set.owner, set.age_s});
        }
        const auto state = channel::user_semaphore_of(values);
        if (!state || set.key == 0) continue;
        found.push_back({Kind::semaphore, State::live,
                         spec_of(set) + " (" + std::to_string(state->free) + " of " +
                             std::to_string(state->all) + " free)",
                         "", set.owner, set.age_s});
    }
}

}  // namespace

std::string_view name_of(IpcObject::Kind kind) {
    switch (kind) {
        case Kind::folder: return "run folder";
        case Kind::shared_memory: return "shared memory";
        case Kind::queue: return "POSIX queue";
        case Kind::system_v: return "System V object";
        case Kind::fifo: return "FIFO";
        case Kind::control_group: return "control group";
        case Kind::process: return "process";
        case Kind::semaphore: return "semaphore";
    }
    return "";
}

std::vector<IpcObject> find_ipc_objects() {
    std::vector<IpcObject> found;
    const std::set<std::string> alive = living_runs();
    add_folders(found, guarded_runs());
    add_files(found, kSharedMemory, Kind::shared_memory);
    add_files(found, kQueues, Kind::queue);
    add_control_groups(found, alive);
    add_semaphores(found);
    return found;
}

bool remove_orphan(const IpcObject& object) {
    const bool stray = object.state == State::stray;
    if ((!stray && object.state != State::orphaned) || object.owner != ::geteuid()) return false;
    switch (object.kind) {
        case Kind::folder:
            if (stray &&
                !(is_stray(object.run, object.name) && end_stray_run(object.run).left == 0)) {
                return false;
            }
            return Remains(object.name).remove();
        case Kind::shared_memory:
        case Kind::queue:  // its file system takes unlink(2); mq_overview(7)
            // a shared region may have gone with its run's folder
            return ::access(object.name.c_str(), F_OK) != 0 ||
                   (file_in_use(object.name) == InUse::no && ::unlink(object.name.c_str()) == 0);
        case Kind::control_group: return ::rmdir(object.name.c_str()) == 0;
        case Kind::system_v:  // goes with its folder, if that was known
            if (object.run.empty()) channel::remove_sysv(object.name);
            return !channel::is_own_sysv(object.name, std::time(nullptr));
        case Kind::fifo: return !channel::is_own_fifo(object.name);
        case Kind::semaphore: return false;
        case Kind::process:  // ended with its folder
            return is_gone(static_cast<pid_t>(std::strtol(object.name.c_str(), nullptr, 10)));
    }
    return false;
}

}  // namespace pipectl
