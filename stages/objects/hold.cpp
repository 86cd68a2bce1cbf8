#include "stages/objects/hold.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/sem.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <map>
#include <memory>
#include <utility>

#include "stages/base/error.hpp"

namespace pipectl::channel {

namespace {

using Clock = std::chrono::steady_clock;

/// What is taken by one system call.
class Resource {
  public:
    Resource() = default;
    Resource(const Resource&) = delete;
    Resource& operator=(const Resource&) = delete;
    virtual ~Resource() = default;
    virtual bool try_take() = 0;
    /// Waits until it has it.
    virtual void take() = 0;
    virtual void give_back() = 0;
};

/// Units of the semaphores of one set: semop(2) does all of its operations or none.
class UnitsOfSet final : public Resource {
  public:
    explicit UnitsOfSet(int set) : set_(set) {}

    void add(const Units& units) {
        operations_.push_back({static_cast<unsigned short>(units.number),
                               static_cast<short>(-units.count), SEM_UNDO});
    }

    bool try_take() override { return operate(IPC_NOWAIT); }
    void take() override { (void)operate(0); }
    void give_back() override {
        for (sembuf& each : operations_) {
            each.sem_op = static_cast<short>(-each.sem_op);
        }
        (void)operate(0);
        for (sembuf& each : operations_) {
            each.sem_op = static_cast<short>(-each.sem_op);
        }
    }

  private:
    bool operate(int how) {
        for (sembuf& each : operations_) {
            each.sem_flg = static_cast<short>(SEM_UNDO | how);
        }
        while (::semop(set_, operations_.data(), operations_.size()) != 0) {
            if (errno == EAGAIN) return false;
            if (errno == EINTR) continue;
            throw SystemError(errno == EIDRM || errno == EINVAL
                                  ? "the semaphore was removed"
                                  : "cannot take units of a semaphore",
                              errno);
        }
        return true;
    }

    int set_;
    std::vector<sembuf> operations_;
};

/// Interrupts a flock(2) now and then, so that it looks at the time: a single signal could come
/// just before the call.
class Interruptions {
  public:
    Interruptions() {
        struct sigaction action {};
        action.sa_handler = [](int) {};
        ::sigaction(SIGALRM, &action, &before_);
        const itimerval often{{0, 50'000}, {0, 50'000}};
        ::setitimer(ITIMER_REAL, &often, nullptr);
    }
    ~Interruptions() {
        const itimerval never{};
        ::setitimer(ITIMER_REAL, &never, nullptr);
        ::sigaction(SIGALRM, &before_, nullptr);
    }
    Interruptions(const Interruptions&) = delete;
    Interruptions& operator=(const Interruptions&) = delete;

  private:
    struct sigaction before_ {};
};

class Lock final : public Resource {
  public:
    explicit Lock(const LockFile& what) : what_(what), began_(Clock::now()) {
        constexpr int kFlags = O_CREAT | O_NOCTTY | O_CLOEXEC;
        // a folder can be locked too, and a file of which one may only read
        fd_.reset(::open(what.path.c_str(), O_RDWR | kFlags, 0666));
        if (!fd_) fd_.reset(::open(what.path.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC));
        if (!fd_) throw SystemError("cannot open lock '" + what.path + "'", errno);
    }

    bool try_take() override { return lock(LOCK_NB); }
    void take() override {
        const auto latest = began_ + what_.wait.value_or(std::chrono::milliseconds(0));
        const Interruptions interruptions;
        while (Clock::now() < latest) {
            if (lock(0)) return;
        }
        if (!lock(LOCK_NB)) {
            throw LockHeld("lock '" + what_.path + "' is held" +
                           (what_.wait ? ", and was not free in time" : ""));
        }
    }
    void give_back() override { ::flock(fd_.get(), LOCK_UN); }

    Fd release() { return std::move(fd_); }

  private:
    bool lock(int how) {
        if (::flock(fd_.get(), (what_.shared ? LOCK_SH : LOCK_EX) | how) == 0) return true;
        if (errno == EWOULDBLOCK || errno == EINTR) return false;
        throw SystemError("cannot lock '" + what_.path + "'", errno);
    }

    LockFile what_;
    Fd fd_;
    Clock::time_point began_;
};

}  // namespace

std::vector<Fd> take_all(const std::vector<Units>& units, const std::vector<LockFile>& locks) {
    std::vector<Resource*> all;
    std::vector<std::unique_ptr<Lock>> files;
    std::map<int, UnitsOfSet> sets;
    for (const LockFile& each : locks) {
        files.push_back(std::make_unique<Lock>(each));
        all.push_back(files.back().get());
    }
    for (const Units& each : units) {
        const auto [set, fresh] = sets.try_emplace(each.set, each.set);
        set->second.add(each);
        if (fresh) all.push_back(&set->second);
    }
    // Whichever was not to be had is waited for, with nothing in hand; then the others are tried.
    Resource* wanted = nullptr;
    for (bool done = false; !done;) {
        std::vector<Resource*> taken;
        if (wanted != nullptr) {
            wanted->take();
            taken.push_back(wanted);
        }
        const auto missing = std::ranges::find_if(all, [&](Resource* each) {
            if (each == wanted) return false;
            const bool got = each->try_take();
            if (got) taken.push_back(each);
            return !got;
        });
        done = missing == all.end();
        if (done) break;
        for (Resource* each : taken) {
            each->give_back();
        }
        wanted = *missing;
    }
    std::vector<Fd> held;
    held.reserve(files.size());
    for (const auto& each : files) {
        held.push_back(each->release());
    }
    return held;
}

void let_inherit(const std::vector<Fd>& locks) {
    constexpr int kOutOfTheWay = 200;
    for (const Fd& lock : locks) {
        if (::fcntl(lock.get(), F_DUPFD, kOutOfTheWay) < 0) {
            ::fcntl(lock.get(), F_SETFD, 0);  // so few descriptors are allowed
        }
    }
}

}  // namespace pipectl::channel
