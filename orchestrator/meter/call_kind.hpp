#pragma once

// What a system call can wait for, as far as its number tells; syscalls(2). A table, no calls.

namespace pipectl {

enum class CallKind {
    reads,   ///< from its first argument, a descriptor
    writes,  ///< to its first argument
    moves,   ///< from its first argument to its third: splice(2), tee(2), copy_file_range(2)
    sends,   ///< from its second argument to its first: sendfile(2)
    polls,   ///< for any of several descriptors, or a time
    stores,  ///< for a disk: fsync(2)
    waits,   ///< for a child: wait4(2), waitid(2)
    other,   ///< a timer, a lock, ...
};

CallKind kind_of_call(long number);

/// Whether proc_pid_io(5) leaves out what the call moves, whatever its descriptors are.
bool is_past_the_count(long number);

}  // namespace pipectl
