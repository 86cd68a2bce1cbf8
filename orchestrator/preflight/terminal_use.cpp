#include "orchestrator/preflight/terminal_use.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstddef>

namespace pipectl {

namespace {

/// A character device that is none of /dev/null and its kin, null(4), counts as a terminal.
bool may_be_terminal(const std::string& path) {
    constexpr unsigned kMemoryDevices = 1;
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && S_ISCHR(info.st_mode) &&
           major(info.st_rdev) != kMemoryDevices;
}

bool is_terminal(const Plan& plan, const Descriptor& descriptor, std::array<bool, 3> own) {
    switch (descriptor.what) {
        case Descriptor::What::inherited:
            return own.at(static_cast<std::size_t>(descriptor.index)) &&
                   ::isatty(descriptor.index) == 1;
        case Descriptor::What::output_file:
            return may_be_terminal(plan.outputs[descriptor.index].path);
        default: return false;
    }
}

}  // namespace

TerminalUse terminal_use(const Plan& plan, std::array<bool, 3> own) {
    TerminalUse use;
    for (std::size_t i = 0; i < plan.processes.size(); ++i) {
        bool data = false;
        for (const Descriptor& descriptor : plan.processes[i].descriptors) {
            const bool terminal = is_terminal(plan, descriptor, own);
            use.any = use.any || terminal;
            data = data || (terminal && descriptor.number != STDIN_FILENO &&
                            descriptor.number != STDERR_FILENO);
        }
        if (data) {
            use.data.push_back(static_cast<int>(i));
        }
    }
    return use;
}

}  // namespace pipectl
