#pragma once

// Which processes have a file, a pipe or a socket open, as /proc/PID/fd tells; proc_pid_fd(5).

#include <sys/types.h>

#include <vector>

namespace pipectl {

/// What a descriptor stands for, by its inode: both ends of a pipe have the same one, the two
/// sockets of a pair have one each.
struct OpenFile {
    dev_t device = 0;
    ino_t inode = 0;

    /// Of a descriptor of our own. False in a boolean context when it cannot be told.
    static OpenFile of(int fd);
    explicit operator bool() const { return inode != 0; }
    bool operator==(const OpenFile&) const = default;
};

/// Whether a descriptor of the process stands for it, opened for writing (`writes`) or for reading;
/// a socket counts as both. False for a process that has gone, or that may not be looked at.
bool has_open(pid_t pid, const OpenFile& file, bool writes);

/// The living descendants of `root` that have it open. A process that is started meanwhile is
/// looked at as well.
std::vector<pid_t> holders_of(const OpenFile& file, bool writes, pid_t root);

/// Whether the process answers a signal by itself: it ignores or catches it. Also of one that has
/// ended and was not waited for. 1: yes, 0: no, -1: that cannot be told; proc_pid_status(5).
int answers_signal(pid_t pid, int signal);

}  // namespace pipectl
