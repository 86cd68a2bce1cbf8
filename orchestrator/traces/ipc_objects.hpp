#pragma once

// The kernel objects of all runs that can be seen from here, and those that a crash left behind.
//
// An object is only ever called orphaned on the kernel's word: nobody has the run's folder locked,
// nobody has the shared memory or the queue open (a lease is granted; fcntl(2)), no process is in
// the control group. What cannot be told that way is `unknown` and stays. System V objects, which
// carry no name, are known from the list in their run's folder alone (stages/channel/
// run_remains.hpp).

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace pipectl {

struct IpcObject {
    enum class Kind {
        folder,
        shared_memory,
        queue,
        system_v,
        fifo,
        control_group,
        process,
        semaphore,  ///< of this user's, shared by runs; it stays until it is removed by its name
    };
    enum class State {
        live,      ///< its owner, or a process of its run, is there
        orphaned,  ///< it is ours and its owner has provably gone
        stray,     ///< the same, and processes of the run go on without it (traces/stray_run.hpp)
        unknown,   ///< another user's, or nothing can be proven
    };
    Kind kind;
    State state;
    /// A path, a name of sysv_name(), queue_name() or fifo_name(), or of a process its pid and
    /// command.
    std::string name;
    std::string run;  ///< the run's id; empty where the name does not tell
    uid_t owner = 0;
    double age_s = 0;
};

/// "run folder", "shared memory", ...
std::string_view name_of(IpcObject::Kind kind);

/// Looks, changes nothing.
std::vector<IpcObject> find_ipc_objects();

/// Proves again that it is orphaned, and removes it. A folder takes its System V objects and FIFOs
/// with it, and the processes of a run that goes on without an owner are ended first. False when it
/// is still there.
bool remove_orphan(const IpcObject& object);

}  // namespace pipectl
