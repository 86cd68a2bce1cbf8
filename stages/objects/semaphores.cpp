#include "stages/objects/semaphores.hpp"

#include <signal.h>
#include <sys/sem.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <ctime>

#include "stages/base/digest.hpp"
#include "stages/base/error.hpp"
#include "stages/base/sentence.hpp"
#include "stages/objects/sysv_object.hpp"

namespace pipectl::channel {

namespace {

constexpr int kMode = 0600;
constexpr int kFree = 0, kAll = 1, kCheck = 2, kMark = 3, kOfOurs = 4;
constexpr int kOurMark = 20547;  // "PC"

union SemaphoreValue {
    int value;
    semid_ds* status;
    unsigned short* values;
};

std::uint64_t hash_of_name(const std::string& name) {
    const std::string text = "pipectl:" + std::to_string(::geteuid()) + ":" + name;
    Digest digest;
    digest.add(text.data(), text.size());
    return digest.value();
}

/// What the third semaphore of a name's set counts to: 1 to SEMVMX.
int check_of(const UserSemaphore& wanted) {
    if (wanted.key) return 1;
    return 1 + static_cast<int>((hash_of_name(wanted.name) >> 33U) % kMostUnits);
}

std::string name_for_people(const UserSemaphore& wanted) {
    return wanted.key ? filled("semaphore {}", key_text(*wanted.key))
                      : filled("semaphore '{}'", wanted.name);
}

int value_of(int set, int number) {
    return ::semctl(set, number, GETVAL);
}

void set_values(int set, int count, int check) {
    unsigned short values[kOfOurs] = {};
    values[kFree] = values[kAll] = static_cast<unsigned short>(count);
    values[kCheck] = static_cast<unsigned short>(check);
    values[kMark] = kOurMark;
    SemaphoreValue all{};
    all.values = values;
    ::semctl(set, 0, SETALL, all);
}

/// Whoever has made the set gives it its values at once; one that died in between did not.
void wait_for_values(int set) {
    const timespec moment{0, 1'000'000};
    for (int round = 0; round < 200 && value_of(set, kAll) == 0; ++round) {
        ::nanosleep(&moment, nullptr);
    }
}

void check_owner(int set, const std::string& who) {
    semid_ds status{};
    SemaphoreValue all{};
    all.status = &status;
    if (::semctl(set, 0, IPC_STAT, all) != 0 || !is_users_alone(status.sem_perm)) {
        throw SemaphoreError(who + " is not this user's alone: others may take and give its units");
    }
}

void check_count(int set, std::size_t size, const UserSemaphore& wanted, const std::string& who) {
    if (size == kOfOurs) wait_for_values(set);
    const bool empty = size == kOfOurs && value_of(set, kMark) == 0 && value_of(set, kAll) == 0;
    if (!empty && (size != kOfOurs || value_of(set, kMark) != kOurMark)) {
        const int free = value_of(set, kFree);
        if (wanted.count && free > *wanted.count) {
            throw SemaphoreError(filled("{} is there with {} units free, and {} were asked for",
                                        who, free, *wanted.count));
        }
        return;
    }
    if (empty) set_values(set, wanted.count.value_or(1), check_of(wanted));
    if (value_of(set, kCheck) != check_of(wanted)) {
        throw SemaphoreError(filled("the key of {} belongs to a semaphore of another name", who));
    }
    const int all = value_of(set, kAll);
    if (wanted.count && *wanted.count != all) {
        throw SemaphoreError(filled(
            "{} is there with {} units, and {} were asked for; 'pipectl "
            "ipc rm sysv-sem:{}' removes it when nobody uses it",
            who, all, *wanted.count, key_text(wanted.key.value_or(key_of_semaphore(wanted.name)))));
    }
}

}  // namespace

std::string key_text(key_t key) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "0x%x", static_cast<unsigned>(key));
    return text.data();
}

key_t key_of_semaphore(const std::string& name) {
    const auto key = static_cast<key_t>(hash_of_name(name) & 0x7fffffffU);
    return key == IPC_PRIVATE ? 1 : key;
}

int open_user_semaphore(const UserSemaphore& wanted) {
    const std::string who = name_for_people(wanted);
    const key_t key = wanted.key.value_or(key_of_semaphore(wanted.name));
    for (;;) {
        const int made = ::semget(key, kOfOurs, IPC_CREAT | IPC_EXCL | kMode);
        if (made >= 0) {
            set_values(made, wanted.count.value_or(1), check_of(wanted));
            return made;
        }
        if (errno != EEXIST) {
            throw SemaphoreError(filled("cannot make {}: {}", who, errno_text(errno)));
        }
        const int set = ::semget(key, 0, 0);
        if (set < 0 && errno == ENOENT) continue;  // it went meanwhile
        if (set < 0) {
            throw SemaphoreError(filled("cannot use {}: {}", who, errno_text(errno)));
        }
        check_owner(set, who);
        semid_ds status{};
        SemaphoreValue all{};
        all.status = &status;
        if (::semctl(set, 0, IPC_STAT, all) != 0) continue;
        check_count(set, status.sem_nsems, wanted, who);
        return set;
    }
}

std::optional<UserSemaphoreState> user_semaphore_of(const std::vector<int>& values) {
    const bool ours = values.size() == kOfOurs && values[kMark] == kOurMark && values[kAll] > 0;
    return ours ? std::optional(UserSemaphoreState{values[kFree], values[kAll]}) : std::nullopt;
}

int make_semaphores(std::size_t count) {
    const int set = ::semget(IPC_PRIVATE, static_cast<int>(count) + 1, IPC_CREAT | kMode);
    if (set < 0) {
        throw SystemError("cannot make semaphores", errno);
    }
    SemaphoreValue mark{};
    mark.value = kOurMark;
    ::semctl(set, static_cast<int>(count), SETVAL, mark);
    return set;
}

void set_semaphores(int set, const std::vector<int>& counts) {
    int number = 0;
    for (const int units : counts) {
        SemaphoreValue value{};
        value.value = units;
        if (::semctl(set, number++, SETVAL, value) != 0) {
            throw SystemError("cannot set semaphores", errno);
        }
    }
}

bool is_forgotten(int set, const std::vector<int>& values) {
    if (values.size() < 2 || values.back() != kOurMark) {
        return false;
    }
    const int maker = ::semctl(set, static_cast<int>(values.size()) - 1, GETPID);
    return maker > 0 && ::kill(maker, 0) != 0 && errno == ESRCH;
}

}  // namespace pipectl::channel
