#pragma once

// Semaphores as units of something: System V sets, taken with SEM_UNDO, so that the kernel gives
// back what a process holds, however it ends; semop(2).
//
// A run's semaphores are one private set. A user's are a set each, found by a key that is made of
// the name, or by a key that is given, and stay until somebody removes them. Such a set has four
// semaphores: the units that are free, how many there are in all, a check of the name, since two
// names may have one key, and a mark that it is one of ours. A set of another program's, found by
// its key, has the first alone.

#include <sys/ipc.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace pipectl::channel {

/// The most that a semaphore can count (SEMVMX; semop(2)).
inline constexpr int kMostUnits = 32767;

/// Units of one semaphore of a set.
struct Units {
    int set = -1;
    int number = 0;  ///< of the semaphore in its set
    int count = 1;

    bool operator==(const Units&) const = default;
};

/// There is no such semaphore as was asked for; what() says why, in a sentence.
class SemaphoreError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// A semaphore of the user's, shared by all that name it.
struct UserSemaphore {
    std::string name;
    std::optional<key_t> key;  ///< absent: made of the name
    std::optional<int> count;  ///< absent: as it is, 1 when it is new
};

/// "0x5121"
std::string key_text(key_t key);

/// The key of a name, never 0; the same for this user on every machine and after every login.
key_t key_of_semaphore(const std::string& name);

/// The id of its set, which is made when it is not there, for this user alone. Throws
/// SemaphoreError when it is another user's, or has another count.
int open_user_semaphore(const UserSemaphore& wanted);

/// What the values of a set of such a semaphore say; nothing when it is none.
struct UserSemaphoreState {
    int free = 0;
    int all = 0;
};
std::optional<UserSemaphoreState> user_semaphore_of(const std::vector<int>& values);

/// A new private set for that many semaphores, all 0, and a last one that says that it is a run's,
/// and by whose hand (GETPID; semctl(2)). Throws SystemError.
int make_semaphores(std::size_t count);
/// Their units. Throws SystemError.
void set_semaphores(int set, const std::vector<int>& counts);
/// The private set is a run's, and the process that has made it is gone: it was killed before it
/// could list it anywhere.
bool is_forgotten(int set, const std::vector<int>& values);

}  // namespace pipectl::channel
