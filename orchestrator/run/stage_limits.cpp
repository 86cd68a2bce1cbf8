#include "orchestrator/run/stage_limits.hpp"

#include <sys/resource.h>

#include <csignal>

namespace pipectl {

namespace {

/// A program that catches SIGXCPU has so long to end; then it is killed.
constexpr unsigned long long kCpuGrace = 2;

}  // namespace

std::vector<ResourceLimit> resource_limits(const ProcessLimits& limits) {
    std::vector<ResourceLimit> all;
    const auto add = [&](int resource, const std::optional<std::uint64_t>& most) {
        if (most) all.push_back({resource, *most, *most});
    };
    if (limits.cpu) {
        const auto most = static_cast<unsigned long long>(limits.cpu->count());
        all.push_back({RLIMIT_CPU, most, most + kCpuGrace});
    }
    add(RLIMIT_AS, limits.memory);
    add(RLIMIT_FSIZE, limits.file_size);
    add(RLIMIT_NOFILE, limits.files);
    add(RLIMIT_NPROC, limits.processes);
    return all;
}

std::string limit_reached(const ProcessLimits& limits, const ExitStatus& status,
                          const ResourceUse& use) {
    const int how = status.shell_status() - 128;  // a shell ends so when its last command did
    if (limits.cpu && how == SIGXCPU) {
        return "cpu";
    }
    if (limits.cpu && status.signal == SIGKILL &&
        use.user_s + use.system_s >= static_cast<double>(limits.cpu->count())) {
        return "cpu";
    }
    return limits.file_size && how == SIGXFSZ ? "file-size" : "";
}

}  // namespace pipectl
