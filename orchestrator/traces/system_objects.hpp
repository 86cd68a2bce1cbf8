#pragma once

// Everybody's objects of IPC as ipcs(1) shows them, whoever has made them: System V queues, memory
// and semaphores, POSIX queues and semaphores, files in /dev/shm.
//
// What the kernel shows to all is told of all; what it shows to some (messages of a POSIX queue,
// values of semaphores) only where the caller may ask.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pipectl {

struct SystemObject {
    enum class Kind {
        sysv_queue,
        sysv_memory,
        sysv_semaphores,
        posix_queue,
        shared_memory,  ///< a file in /dev/shm
        posix_semaphore,
    };
    struct Semaphore {
        int value = 0;
        int waiting = 0;       ///< for more units
        int waiting_zero = 0;  ///< for none to be left
    };

    Kind kind = Kind::sysv_queue;
    int id = -1;            ///< System V; -1: it has none
    std::uint32_t key = 0;  ///< System V; 0: IPC_PRIVATE
    std::string name{};     ///< POSIX: "/x"
    uid_t owner = 0;
    mode_t mode = 0;  ///< permissions alone
    std::optional<std::uint64_t> bytes{};
    std::optional<std::uint64_t> messages{};
    std::optional<std::uint64_t> attached{};  ///< processes, of System V memory
    bool goes = false;                        ///< removed already: goes with its last process
    pid_t made_by = 0;                        ///< 0: not known
    pid_t last_user = 0;
    pid_t last_sender = 0;
    pid_t last_receiver = 0;
    double age_s = 0;  ///< since it was made or its owner, mode or limits were changed
    std::vector<Semaphore> semaphores{};
    std::uint64_t semaphore_count = 0;  ///< of a set, also where the values are not shown
};

/// "System V queue", ..
std::string_view name_of(SystemObject::Kind kind);
/// "sysv-mq", "shm", ..
std::string_view word_of(SystemObject::Kind kind);
/// "sysv-mq:0x5121", without a key "sysv-mq:id=3"; "mq:/jobs".
std::string spec_of(const SystemObject& object);

struct SystemObjects {
    std::vector<SystemObject> objects;
    std::string note;  ///< what could not be listed, and why; or empty
};

/// Looks, changes nothing.
SystemObjects find_system_objects();

/// Removes it. 0, or an errno. One of System V memory only goes when nobody has it any more.
int remove_system_object(const SystemObject& object);

/// What `ipc mk` asks for: sizes are 0 where nothing was said.
struct NewObject {
    SystemObject::Kind kind = SystemObject::Kind::sysv_queue;
    key_t key = 0;
    std::string name{};
    std::uint64_t size = 0;   ///< bytes of memory, or of a message of a POSIX queue
    std::uint64_t count = 0;  ///< semaphores of a set, or messages in a POSIX queue
    int value = 0;            ///< of each semaphore
};

/// Makes what is not there yet, for this user alone. Its id (0 of a POSIX queue). Throws
/// SystemError, EEXIST for what is there.
int make_system_object(const NewObject& wanted);

}  // namespace pipectl
