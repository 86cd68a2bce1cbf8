#pragma once

// What /proc shows of a process at one moment: its state, what it has used, what it waits in, what
// it has read and written. proc_pid_stat(5), proc_pid_syscall(5), proc_pid_io(5).
//
// Nothing here stops, traces or changes the process that is looked at. For one's own descendants no
// rights are needed, unless they run as another user.

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl {

/// Bytes that a process, and the children that it has waited for, moved by system calls so far,
/// files and what was read to start a program among them. What splice(2), tee(2) and shared memory
/// move is not in it.
struct IoCount {
    std::int64_t read = 0;
    std::int64_t written = 0;

    bool operator==(const IoCount&) const = default;
};

/// A handle for read_io_count. Open it while the process lives: a zombie's counts can be read, but
/// its file is then root's alone to open. Not valid where it is not allowed.
Fd open_io_count(pid_t pid);

/// Nothing when the handle is not valid, or the process was reaped.
std::optional<IoCount> read_io_count(int handle);

/// Whether children that the process has waited for may have moved a part of what was counted to
/// it.
struct PartOfOthers {
    bool read = false;
    bool written = false;
};

/// For a process that has ended and was not reaped, with its whole count.
PartOfOthers part_of_others(pid_t pid, const IoCount& whole);

/// Whether the process, which may be a zombie, still is what was started from this path: a program
/// that executes another one takes its name; proc_pid_comm(5).
bool is_named_after(pid_t pid, const std::string& path);

struct Glance {
    char state = '?';  ///< as proc_pid_stat(5) has it
    int threads = 0;
    double cpu_s = 0;  ///< of all its threads, and of the children that it has waited for
    std::int64_t rss_bytes = 0;
};

/// Of a process, or of one thread when `thread` is not 0. Nothing when it has gone.
std::optional<Glance> glance_at(pid_t pid, pid_t thread = 0);

/// The system call that a thread waits in.
struct WaitingCall {
    long number = -1;  ///< -1: it waits, but not in a system call (a page fault)
    std::array<unsigned long, 3> arguments{};
};

/// Nothing when the thread runs, has gone, or may not be looked at.
std::optional<WaitingCall> waiting_call(pid_t pid, pid_t thread);

/// Nanoseconds that a thread has had a processor, and is known to have had; /proc/PID/schedstat.
/// Nothing when it has gone or the kernel does not count.
std::optional<std::int64_t> time_on_processor(pid_t pid, pid_t thread);

/// Where in the kernel a thread waits, "pipe_read"; empty when it runs or nobody may know. For
/// kernels and processes that do not show the call.
std::string waiting_place(pid_t pid, pid_t thread);

/// What a descriptor of the process stands for, "pipe:[1234]"; empty when that cannot be told.
std::string descriptor_target(pid_t pid, int number);

/// Children that the main thread has started, not those of other threads.
std::vector<pid_t> children_of(pid_t pid);

/// The ids of a process's threads, at most `limit`.
std::vector<pid_t> threads_of(pid_t pid, std::size_t limit);

}  // namespace pipectl
