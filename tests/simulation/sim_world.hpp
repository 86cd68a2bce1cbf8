#pragma once

// A run without a machine: programs, channels, signals and time of a simulated World, driven by
// numbers from a seed. What a schedule finds can be repeated from the seed alone.
//
// A program is a small script: it reads blocks, writes blocks, closes its ends early, works on,
// ignores signals, ends with a status. Channels move blocks and tell their ends what the kernel's
// would: a pipe at once, a socket once it was shut down, a spool file never. After each step the
// promises of a run are held against what has really happened; what is broken is said in words.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/director/world.hpp"

namespace pipectl::simulation {

/// A small generator whose numbers depend on the seed alone, on every platform.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15U + 1) {}

    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }
    /// 0 to `below` - 1.
    int under(int below) { return static_cast<int>(next() % static_cast<std::uint64_t>(below)); }
    bool one_in(int chances) { return under(chances) == 0; }

  private:
    std::uint64_t state_;
};

/// What a writer does when it is told that its reader has left.
enum class AtBrokenPipe {
    dies,     ///< by SIGPIPE
    answers,  ///< SIGPIPE ignored: it ends with status 1
    goes_on,  ///< SIGPIPE ignored, and errors too
};

/// What a simulated program does.
struct Script {
    int blocks = 0;             ///< to write, where it reads nothing; -1: without an end
    RunTime pause{};            ///< between two of them
    int most_reads = -1;        ///< then it closes its inputs; -1: it reads to the end
    RunTime works_on{};         ///< after it has closed its inputs or outputs
    bool closes_early = false;  ///< its outputs, before it works on
    int status = 0;
    AtBrokenPipe at_broken_pipe = AtBrokenPipe::dies;
    bool ignores_term = false;
    bool round_robin = false;  ///< reads its inputs in turn, not one after the other
    bool asks = false;         ///< writes a block before it reads the first
    int fails_first = 0;       ///< so many of its processes end with a status of their own
};

/// Breakages of the rules themselves, to see that they are noticed.
enum class Broken { nothing, early_end, no_broken_pipe, no_judgement, lost_is_ok, one_step };

/// What a process of a plan may be.
Script random_script(const Process& process, bool reads, Random& random);

/// Not even a run that was given up has ended.
struct NoEnd {};

class SimWorld final : public World {
  public:
    SimWorld(const Plan& plan, std::vector<Script> scripts, Random& random, Broken broken);

    /// The outside: a signal to pipectl, somebody who kills a process.
    void plan_signal(RunTime when, int signal) { signal_ = {when, signal}; }
    void plan_murder(RunTime when, int process) { murder_ = {when, process}; }

    /// A machine fails: these processes are gone at once.
    void lose(const std::vector<int>& processes);
    /// The run may take longer than its grace after its cancel: somebody who was not told ends by
    /// himself.
    void may_end_late() { started_late_ = true; }

    /// It is a later attempt: nothing may start before.
    void begin_at(RunTime when) { begins_ = when; }

    /// The first promise that was broken, in words; empty: none.
    [[nodiscard]] const std::string& complaint() const { return complaint_; }
    /// Holds the end of the run against what has happened. `host_lost`: it may have failed although
    /// all programs did well.
    void check_end(int exit, int signal, bool host_lost = false);
    [[nodiscard]] const std::vector<std::string>& trace() const { return trace_; }
    void keep_trace() { traced_ = true; }

    // World
    Occurrence start(int process) override;
    void all_started() override {}
    std::vector<Occurrence> wait(std::optional<RunTime> until) override;
    [[nodiscard]] RunTime now() const override { return now_; }
    void carry_out(const Action& action) override;

    // Facts
    [[nodiscard]] bool is_exiting(int process) const override;
    [[nodiscard]] bool is_abandoned(int link) const override;
    [[nodiscard]] bool is_closed(int link) const override;
    [[nodiscard]] bool writer_goes_on(int link) override;
    [[nodiscard]] bool has_moved(int process) override;
    [[nodiscard]] bool input_over(int process) const override;
    [[nodiscard]] bool outside_reader_gone() const override { return false; }
    [[nodiscard]] bool reached_group(int) const override { return true; }
    [[nodiscard]] std::vector<LinkWaits> waits() const override;
    [[nodiscard]] Leftovers leftovers() const override { return {}; }

  private:
    static constexpr RunTime kNever = RunTime::max();

    enum class Phase { absent, transfers, works, ended, reaped };
    struct Program {
        Script script;
        Phase phase = Phase::absent;
        RunTime next = kNever;  ///< its next step; kNever: blocked
        bool blocked_writing = false;
        int blocked_at = -1;  ///< the link
        std::vector<int> inputs, outputs;
        std::size_t input = 0;  ///< which one it reads
        int reads = 0;
        int to_write = 0;
        std::size_t output = 0;
        bool helper = false;
        bool copies = false;       ///< every block to every output
        bool told_to_end = false;  ///< by a signal that ends runs
        bool told_of_cut = false;
        bool saw_end_of_all = true;
        ExitStatus status;
        Verdict verdict = Verdict::not_started;
        RunTime reported_at = kNever;
        RunTime moved_at{};  ///< a block went into it or out of it
        std::optional<RunTime> mark;
        Script whole;  ///< as it was at first
        int starts = 0;
        bool rests = false;  ///< it will be started again, and its ends are kept
        RunTime rests_until{};
    };
    struct Channel {
        int filled = 0;
        std::int64_t written = 0, mark = -1;
        bool writer = true, reader = true, hold = true;  ///< who has an end
        bool kept_writer = false, kept_reader = false;   ///< for the next start of its process
        bool told = false;                               ///< a socket was shut down
        bool file = false;   ///< never full, never says that its reader has left
        bool roomy = false;  ///< never full
        bool socket = false;
        bool bridged = false;  ///< its end is a mark of its writer's
        bool marked = false;
        bool released_by_closing = false;
    };

    occurrence::Ended reap();
    void murder(int process);
    void step(int process);
    void read_block(int process);
    void write_block(int process);
    void broken_pipe(int process, int link);
    void finish_transfers(int process);
    void end(int process, ExitStatus status);
    void deliver(int process, int signal);
    void close_reader(int link);
    void close_writer(int link);
    void wake(int process);
    void block(int process, int link, bool writing);
    void saw_end(int process, int link);
    [[nodiscard]] bool reader_left(int link) const;
    /// Nobody can write any more.
    [[nodiscard]] static bool ended(const Channel& channel) {
        return !channel.writer && !channel.kept_writer && !channel.hold;
    }
    [[nodiscard]] bool is_stderr(int process, int link) const;
    [[nodiscard]] occurrence::Looked looked() const;
    RunTime soon() { return now_ + RunTime(1'000 + random_.under(2'000'000)); }
    void let_go(int process);
    void close_all(int process);
    void check_idle(int process);
    void check_restart(const RestartPlanned& planned);
    void complain(const std::string& what);
    void note(const std::string& what);

    const Plan& plan_;
    Random& random_;
    Broken broken_;
    std::vector<Program> programs_;
    std::vector<Channel> channels_;
    RunTime now_{};
    RunTime begins_{};
    RunTime moved_at_{};
    RunTime look_at_{};
    RunTime cancelled_at_ = kNever;
    std::pair<RunTime, int> signal_{kNever, 0};
    std::pair<RunTime, int> murder_{kNever, -1};
    bool murdered_ = false;
    bool started_late_ = false;  ///< what comes however others end takes its own time
    int steps_ = 0;
    std::string complaint_;
    bool traced_ = false;
    std::vector<std::string> trace_;
};

}  // namespace pipectl::simulation
