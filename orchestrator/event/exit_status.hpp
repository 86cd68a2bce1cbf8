#pragma once

// How a process ended; wait(2).

#include <string>

namespace pipectl {

struct ExitStatus {
    int code = 0;       ///< exit status, meaningful when `signal` is 0
    int signal = 0;     ///< the signal that ended it, or 0
    bool core = false;  ///< it left a core dump

    /// From the status word of wait4(2).
    static ExitStatus from_wait(int wait_status);

    /// 0 to 255, as a shell's $? has it: 128 + signal for a signal.
    [[nodiscard]] int shell_status() const { return signal != 0 ? 128 + signal : code; }

    bool operator==(const ExitStatus&) const = default;
};

/// "exited with status 3", "was ended by SIGKILL", "was ended by SIGSEGV (core dumped)".
std::string describe(const ExitStatus& status);

/// What wait4(2) accounts to a process and the children it waited for.
struct ResourceUse {
    double user_s = 0;
    double system_s = 0;
    long max_rss_bytes = 0;
    long voluntary_switches = 0;
    long involuntary_switches = 0;

    bool operator==(const ResourceUse&) const = default;
};

}  // namespace pipectl
