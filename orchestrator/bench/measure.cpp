#include "orchestrator/bench/measure.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "orchestrator/process/child_process.hpp"
#include "orchestrator/process/spawn.hpp"
#include "orchestrator/traces/ledger.hpp"
#include "orchestrator/traces/run_folder.hpp"
#include "stages/base/error.hpp"

namespace pipectl::bench {

namespace {

using Clock = std::chrono::steady_clock;

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

/// Descriptors of ours by their numbers in the process.
using Given = std::vector<std::pair<int, int>>;

ChildProcess start(const std::string& program, std::vector<std::string> argv, Given given) {
    if (program.empty()) {
        throw SystemError("cannot find '" + argv.front() + "'", ENOENT, "it is a part of pipectl");
    }
    SpawnRequest request;
    request.program = program;
    request.argv = std::move(argv);
    request.descriptors = std::move(given);
    request.descriptors.emplace_back(2, 2);
    request.parent_death_signal = SIGKILL;
    SpawnResult started = spawn(request);
    if (!started.process)
        throw SystemError("cannot start '" + program + "'", started.failure.error);
    return std::move(*started.process);
}

/// The helper at an end of the edge, `pipectl-helper measure`; killed with its scope.
class Worker {
  public:
    Worker(const Subject& what, const char* part, Given given)
        : process_(start(what.find_program(std::string(what.kind.program)), words(what, part),
                         std::move(given))) {}
    ~Worker() { process_.end(); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

  private:
    static std::vector<std::string> words(const Subject& what, const char* part) {
        const auto time = std::chrono::duration_cast<std::chrono::microseconds>(what.time);
        std::vector<std::string> all = {std::string(what.kind.program), "measure"};
        if (what.one_core) all.emplace_back("--one-core");
        all.insert(all.end(), {part, std::string(what.kind.name), std::to_string(what.block),
                               std::to_string(time.count())});
        return all;
    }

    ChildProcess process_;
};

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
ChildProcess follow(channel::EdgeEnds& ends, const Subject& what) {
    PipeEnds out = make_pipe();
    ChildProcess follower =
        start(what.find_program("pipectl-helper"), {"pipectl-helper", "follow", "3"},
              {{0, ends.reader.get()}, {1, out.writer.get()}, {3, ends.finish.get()}});
    ends.reader = std::move(out.reader);
    ends.finish.reset();
    return follower;
}

}  // namespace

double throughput(const Subject& what, Interrupts& interrupts) {
    Folder folder;
    channel::EdgeEnds ends = what.kind.create({}, folder);
    ChildProcess follower;
    if (what.kind.follower) follower = follow(ends, what);
    PipeEnds result = make_pipe();
    const Worker reader(what, "reader", {{1, result.writer.get()}, {3, ends.reader.get()}});
    const Worker writer(what, "writer", {{3, ends.writer.get()}});
    ends = {};
    result.writer.reset();
    const double rate = take_result(result.reader.get(), interrupts);
    follower.wait();  // its input has ended
    return rate;
}

double round_trip(const Subject& what, Interrupts& interrupts) {
    if (what.kind.follower) return 0;
    Folder folder;
    channel::EdgeEnds there = what.kind.create({}, folder);
    channel::EdgeEnds back = what.kind.create({}, folder);
    PipeEnds result = make_pipe();
    const Worker echo(what, "echo", {{3, there.reader.get()}, {4, back.writer.get()}});
    const Worker caller(
        what, "caller",
        {{1, result.writer.get()}, {3, there.writer.get()}, {4, back.reader.get()}});
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
