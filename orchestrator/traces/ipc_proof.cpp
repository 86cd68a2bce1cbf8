#include "orchestrator/traces/ipc_proof.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <vector>

#include "orchestrator/process/descendants.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

/// argv of a guard: "run-guard", "guard", the run's id, ...; see guard/guard.cpp.
std::string guarded_run(const std::string& command_line) {
    constexpr std::string_view kGuard{"run-guard\0guard\0", 16};
    if (!command_line.starts_with(kGuard)) return {};
    return command_line.substr(kGuard.size(),
                               command_line.find('\0', kGuard.size()) - kGuard.size());
}

std::vector<std::string> all_pids() {
    std::vector<std::string> pids;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const std::string name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") == std::string::npos) pids.push_back(name);
    }
    return pids;
}

}  // namespace

std::set<std::string> living_runs() {
    std::set<std::string> runs = guarded_runs();
    for (const std::string& pid : all_pids()) {
        runs.insert(environment_of(static_cast<pid_t>(std::stol(pid)), "PIPECTL_RUN"));
    }
    runs.erase("");
    return runs;
}

std::set<std::string> guarded_runs() {
    std::set<std::string> runs;
    for (const std::string& pid : all_pids()) {
        runs.insert(guarded_run(read_small_file("/proc/" + pid + "/cmdline")));
    }
    runs.erase("");
    return runs;
}

InUse file_in_use(const std::string& path) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode) ||
        info.st_uid != ::geteuid()) {
        return InUse::unknown;
    }
    ::signal(SIGIO, SIG_IGN);  // who opens it meanwhile breaks the lease, and us by default
    if (::fcntl(file.get(), F_SETLEASE, F_WRLCK) == 0) {
        ::fcntl(file.get(), F_SETLEASE, F_UNLCK);
        return InUse::no;
    }
    return errno == EAGAIN ? InUse::yes : InUse::unknown;
}

}  // namespace pipectl
