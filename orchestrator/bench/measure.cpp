#include "orchestrator/bench/measure.hpp"

#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <vector>

#include "orchestrator/bench/ends.hpp"
#include "orchestrator/process/child_process.hpp"
#include "orchestrator/process/spawn.hpp"
#include "orchestrator/traces/ledger.hpp"
#include "orchestrator/traces/run_folder.hpp"
#include "stages/base/error.hpp"

namespace pipectl::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kPing = 64;
constexpr std::size_t kBytesPerLook = 64 << 10;  ///< between two looks at the clock

/// Names for a moment, in a folder as runs have one: were we killed, `pipectl ipc clean` finds
/// them.
class Folder {
  public:
    Folder() : folder_(make_run_id(), ledger_) {}
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        ledger_.clean_up();
        folder_.close();
    }
    operator channel::PrivateFolder&() { return folder_; }

  private:
    Ledger ledger_;
    RunFolder folder_;
};

/// A process that runs `body` and ends; killed with its scope.
class Worker {
  public:
    explicit Worker(const std::function<void()>& body)
        : process_(fork_child([&body] {
              try {
                  body();
              } catch (const channel::PeerGone&) {
                  // the other one has its figure
              }
              return 0;
          })) {}
    ~Worker() { process_.end(); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

  private:
    ChildProcess process_;
};

/// Everything of the edge but one end.
Fd only(channel::EdgeEnds& ends, Fd channel::EdgeEnds::*which) {
    Fd kept = std::move(ends.*which);
    ends = {};
    return kept;
}

void pin_to(int turn) {
    cpu_set_t all;
    if (::sched_getaffinity(0, sizeof all, &all) != 0) return;
    int left = turn;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(cpu, &all) && left-- == 0) {
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            ::sched_setaffinity(0, sizeof one, &one);
            return;
        }
    }
}

/// What a worker found out. Throws Interrupted.
double take_result(int fd, Interrupts& interrupts) {
    pollfd watched[2] = {{fd, POLLIN, 0}, {interrupts.descriptor(), POLLIN, 0}};
    while (::poll(watched, 2, -1) < 0 && errno == EINTR) {
    }
    if (const int signal = interrupts.take(); signal != 0) {
        throw Interrupted{signal};
    }
    double result = 0;
    const ssize_t got = ::read(fd, &result, sizeof result);
    if (got != static_cast<ssize_t>(sizeof result)) {
        throw SystemError("cannot measure", EPIPE, "a process at the channel's end has failed");
    }
    return result;
}

/// Puts the follower of a spool file between it and the reader.
ChildProcess follow(channel::EdgeEnds& ends, const std::string& helper) {
    PipeEnds out = make_pipe();
    SpawnRequest request;
    request.program = helper;
    request.argv = {"pipectl-helper", "follow", "3"};
    request.descriptors = {
        {0, ends.reader.get()}, {1, out.writer.get()}, {2, 2}, {3, ends.finish.get()}};
    SpawnResult started = spawn(request);
    if (!started.process) throw SystemError("cannot start '" + helper + "'", started.failure.error);
    ends.reader = std::move(out.reader);
    ends.finish.reset();
    return std::move(*started.process);
}

}  // namespace

double throughput(const channel::Kind& kind, std::size_t block, Duration time,
                  const std::string& helper, Interrupts& interrupts) {
    Folder folder;
    channel::EdgeEnds ends = kind.create({}, folder);
    ChildProcess follower;
    if (kind.follower) follower = follow(ends, helper);
    PipeEnds result = make_pipe();
    const Worker reader([&] {
        ReadEnd end(kind, only(ends, &channel::EdgeEnds::reader));
        std::size_t bytes = end.receive(block);
        const auto begin = Clock::now();
        while (const std::size_t got = end.receive(block)) {
            bytes += got;
        }
        const Duration took = Clock::now() - begin;
        const double rate = static_cast<double>(bytes) / std::max(took.count(), 1e-9);
        (void)!::write(result.writer.get(), &rate, sizeof rate);
    });
    const Worker writer([&] {
        WriteEnd end(kind, only(ends, &channel::EdgeEnds::writer));
        const auto until = Clock::now() + time;
        unsigned char value = 0;
        do {
            for (std::size_t sent = 0; sent < kBytesPerLook; sent += block) {
                if (!end.send_block(block, ++value)) return;
            }
        } while (Clock::now() < until);
        end.finish();
    });
    ends = {};
    result.writer.reset();
    const double rate = take_result(result.reader.get(), interrupts);
    follower.wait();  // its input has ended
    return rate;
}

double round_trip(const channel::Kind& kind, bool one_core, Duration time, Interrupts& interrupts) {
    if (kind.follower) return 0;
    Folder folder;
    channel::EdgeEnds there = kind.create({}, folder);
    channel::EdgeEnds back = kind.create({}, folder);
    PipeEnds result = make_pipe();
    const Worker echo([&] {
        // who is bound to one processor never spins: two cores are the scheduler's to give
        if (one_core) pin_to(0);
        ReadEnd in(kind, only(there, &channel::EdgeEnds::reader));
        WriteEnd out(kind, only(back, &channel::EdgeEnds::writer));
        while (in.receive_all(kPing) && out.send_block(kPing, 1)) {
        }
    });
    const Worker caller([&] {
        if (one_core) pin_to(0);
        WriteEnd out(kind, only(there, &channel::EdgeEnds::writer));
        ReadEnd in(kind, only(back, &channel::EdgeEnds::reader));
        long trips = 0;
        const auto begin = Clock::now();
        Duration took{};
        do {
            if (!out.send_block(kPing, 1) || !in.receive_all(kPing)) return;
            ++trips;
            took = Clock::now() - begin;
        } while (took < time);
        const double each = took.count() / static_cast<double>(trips);
        (void)!::write(result.writer.get(), &each, sizeof each);
        ::pause();  // both edges stay until the figure was taken
    });
    there = {};
    back = {};
    result.writer.reset();
    return take_result(result.reader.get(), interrupts);
}

double memory_copy(std::size_t block, Duration time) {
    std::vector<char> from(block, 'x');
    std::vector<char> to(block);
    std::size_t bytes = 0;
    const auto begin = Clock::now();
    Duration took{};
    do {
        for (std::size_t copied = 0; copied < kBytesPerLook; copied += block) {
            std::memcpy(to.data(), from.data(), block);
            // as if somebody looked at it
            asm volatile("" : : "r"(to.data()) : "memory");  // NOLINT
            bytes += block;
        }
        took = Clock::now() - begin;
    } while (took < time);
    return static_cast<double>(bytes) / took.count();
}

}  // namespace pipectl::bench
