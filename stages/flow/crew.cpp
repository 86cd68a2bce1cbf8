#include "stages/flow/crew.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <sstream>
#include <string>

#include "stages/base/error.hpp"
#include "stages/base/signals.hpp"
#include "stages/flow/ends.hpp"
#include "stages/flow/readers.hpp"

namespace pipectl::helper {

namespace {

/// Of what replicas have written and earlier ones must write before.
constexpr std::size_t kGatherMemory = std::size_t{64} << 20;
constexpr std::size_t kReadAtOnce = std::size_t{256} << 10;

/// Pipes that hold a whole block, within what the kernel gives a user in all; pipe(7).
std::size_t pipe_size_for(std::size_t block, std::size_t replicas) {
    constexpr std::size_t kLeast = std::size_t{64} << 10;
    constexpr std::size_t kMost = std::size_t{1} << 20;
    constexpr std::size_t kAll = std::size_t{16} << 20;
    return std::clamp(std::min(block, kAll / replicas), kLeast, kMost);
}

/// What is passed on, or says that a process has ended. What is ignored stays so, and what stops a
/// process stops us like any.
sigset_t signals_to_take() {
    sigset_t set;
    sigemptyset(&set);
    for (int signal = 1; signal < SIGRTMAX; ++signal) {
        constexpr int kLeftAlone[] = {SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN,  SIGTTOU, SIGCONT,
                                      SIGPIPE, SIGSEGV, SIGBUS,  SIGILL,   SIGFPE,  SIGABRT,
                                      SIGTRAP, SIGSYS,  SIGXFSZ, SIGWINCH, SIGURG};
        struct sigaction now {};
        if (std::ranges::find(kLeftAlone, signal) != std::end(kLeftAlone) ||
            ::sigaction(signal, nullptr, &now) != 0) {
            continue;
        }
        if (now.sa_handler == SIG_DFL || signal == SIGCHLD) sigaddset(&set, signal);
    }
    return set;
}

std::uint64_t microseconds(const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
           static_cast<std::uint64_t>(time.tv_usec);
}

}  // namespace

Crew::Crew(CrewSettings settings, const std::deque<ReplicaCommand>& commands, ReplicaCounts counts)
    : settings_(std::move(settings)),
      begun_(commands.size()),
      gathered_(commands.size(), true),
      in_(STDIN_FILENO, settings_.block),
      counts_(counts),
      pipe_size_(pipe_size_for(settings_.block, commands.size())) {
    for (const ReplicaCommand& command : commands) {
        replicas_.emplace_back(command);
    }
    if (settings_.in_order) {
        out_ = std::make_unique<InOrder>(commands.size(), kGatherMemory);
    } else {
        out_ = std::make_unique<AsTheyCome>(commands.size());
    }
    const sigset_t taken = signals_to_take();
    ::sigprocmask(SIG_BLOCK, &taken, &mask_);
    signals_ = Fd(::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_) throw SystemError("cannot take signals", errno);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

int Crew::run() {
    keeper_.emplace();
    try {
        while (!ending_.begun && !out_->out().gone() && !finished()) {
            if (!work()) wait();
        }
    } catch (const std::exception&) {
        end_all();
        throw;
    }
    const bool unread = out_->out().gone() && !ending_.begun;
    const bool ended = unread || ending_.begun;
    if (unread) signal_all(SIGPIPE);  // as one that writes would get
    if (ended) end_all();
    keeper_->end();
    if (unread) end_without_readers();
    if (ending_.signal != 0) die_of(ending_.signal);
    return ending_.status;
}

/// One step of everything; false when nothing could be done.
bool Crew::work() {
    bool moved = take_signals();
    if (!in_.whole()) moved = in_.read_some() || moved;
    moved = (settings_.in_order ? deal_in_order() : deal_as_they_come()) || moved;
    moved = feed() || moved;
    moved = gather() || moved;
    moved = out_->flush() || moved;
    out_->look(0);
    return moved;
}

void Crew::begin(std::size_t replica) {
    replicas_[replica].start(mask_, pipe_size_);
    out_->begin(replica);
    begun_[replica] = true;
    gathered_[replica] = false;
}

bool Crew::none_begun() const {
    return std::ranges::none_of(begun_, [](bool begun) { return begun; });
}

/// Each block to a process of its own.
bool Crew::deal_in_order() {
    bool moved = false;
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
        if (replicas_[i].runs() || !gathered_[i] || out_->full()) continue;
        const auto block = in_.whole();
        // one process sees that there is nothing, as in a shell
        if (!block && !(in_.done() && none_begun())) return moved;
        begin(i);
        moved = true;
        counts_.add(i, job::ReplicaNumber::blocks, 1);
        if (!block) return true;
        counts_.add(i, job::ReplicaNumber::bytes_in, block->size());
        replicas_[i].give(*block);
        in_.consume(block->size());
    }
    return moved;
}

/// A block to whoever has taken the one before. Lines that are here wait for no whole block.
bool Crew::deal_as_they_come() {
    bool moved = false;
    if (all_left()) {
        again_.clear();
        in_.stop();
        Fd(STDIN_FILENO).reset();  // its writer is told so
        return true;
    }
    while (!again_.empty() && deal(again_.front())) {
        again_.pop_front();
        moved = true;
    }
    while (again_.empty()) {
        auto block = in_.whole();
        if (!block && in_.read_some()) continue;
        if (!block) block = in_.some();
        if (!block || !deal(*block)) break;
        in_.consume(block->size());
        moved = true;
    }
    if (in_.done() && none_begun()) {
        begin(0);
        moved = true;
    }
    return moved;
}

/// Nobody takes more of the input.
bool Crew::all_left() const {
    if (in_.done() && again_.empty()) return false;
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
        if (!begun_[i] || replicas_[i].in() >= 0) return false;
    }
    return true;
}

/// In turn, so that all have work also where one would be fast enough.
bool Crew::deal(std::string_view lines) {
    for (std::size_t tried = 0; tried < replicas_.size(); ++tried) {
        const std::size_t i = next_;
        next_ = (next_ + 1) % replicas_.size();
        if (!begun_[i]) begin(i);
        Replica& replica = replicas_[i];
        if (replica.in() < 0 || !replica.has_all()) continue;
        replica.give(lines);
        counts_.add(i, job::ReplicaNumber::blocks, 1);
        counts_.add(i, job::ReplicaNumber::bytes_in, lines.size());
        return true;
    }
    return false;
}

bool Crew::feed() {
    bool moved = false;
    for (Replica& replica : replicas_) {
        if (replica.in() < 0) continue;
        moved = replica.feed() || moved;
        const bool left = replica.in() < 0;
        if (left && !settings_.in_order) {
            if (std::string lines = replica.take_unseen(); !lines.empty()) {
                again_.push_back(std::move(lines));
            }
        }
        if (left || !replica.has_all()) continue;
        if (settings_.in_order || (in_.done() && again_.empty())) {
            replica.end_input();
            moved = true;
        }
    }
    return moved;
}

bool Crew::gather() {
    bool moved = false;
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
        Replica& replica = replicas_[i];
        if (replica.out() >= 0 && out_->wants(i)) {
            const std::string_view bytes = replica.take_output(kReadAtOnce);
            moved = moved || !bytes.empty();
            counts_.add(i, job::ReplicaNumber::bytes_out, bytes.size());
            if (!bytes.empty()) out_->add(i, bytes);
        }
        if (!gathered_[i] && replica.out() < 0) {
            out_->end(i);
            gathered_[i] = true;
            moved = true;
        }
    }
    return moved;
}

bool Crew::finished() const {
    return in_.done() && again_.empty() && !none_begun() && out_->empty() &&
           std::ranges::none_of(replicas_, [](const Replica& each) { return each.runs(); }) &&
           std::ranges::all_of(gathered_, [](bool done) { return done; });
}

void Crew::wait() {
    waiting_.clear();
    waiting_.add(signals_.get(), POLLIN);
    waiting_.add(out_->out().fd(), out_->empty() ? 0 : POLLOUT);
    if (!in_.ended() && !in_.whole()) waiting_.add(in_.fd(), POLLIN);
    std::vector<std::pair<std::size_t, Replica*>> inputs;
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
        Replica& replica = replicas_[i];
        if (replica.out() >= 0 && out_->wants(i)) waiting_.add(replica.out(), POLLIN);
        if (replica.in() < 0) continue;
        inputs.emplace_back(waiting_.add(replica.in(), replica.has_all() ? 0 : POLLOUT), &replica);
    }
    waiting_.wait();
    out_->look(waiting_.events(1));
    for (const auto& [index, replica] : inputs) {
        if ((waiting_.events(index) & POLLERR) != 0 && replica->has_all()) replica->end_input();
    }
}

bool Crew::take_signals() {
    bool moved = false;
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
        moved = true;
        const int signal = static_cast<int>(info.ssi_signo);
        if (signal == SIGCHLD) continue;
        // what came from the terminal has come to the processes too
        if (info.ssi_code != SI_KERNEL) signal_all(signal);
        const bool ends = signal == settings_.cancel || std::ranges::find(kEndingSignals, signal) !=
                                                            std::ranges::end(kEndingSignals);
        if (!ends) continue;
        told_ = true;
        if (!ending_.begun) ending_ = {true, 0, signal};
    }
    if (moved) reap();
    return moved;
}

/// Waits for those that have ended: replicas, and what they left behind.
void Crew::reap() {
    int status = 0;
    rusage use{};
    for (pid_t pid = 0; (pid = ::wait4(-1, &status, WNOHANG, &use)) > 0;) {
        for (std::size_t i = 0; i < replicas_.size(); ++i) {
            if (replicas_[i].pid() != pid) continue;
            replicas_[i].ended();
            judge(i, status, use);
        }
    }
}

/// A process has ended.
void Crew::judge(std::size_t replica, int status, const rusage& use) {
    counts_.add(replica, job::ReplicaNumber::user_us, microseconds(use.ru_utime));
    counts_.add(replica, job::ReplicaNumber::sys_us, microseconds(use.ru_stime));
    counts_.raise(replica, job::ReplicaNumber::max_rss_kib,
                  static_cast<std::uint64_t>(use.ru_maxrss));
    const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    const int code = signal != 0 ? 128 + signal : WEXITSTATUS(status);
    const bool ok = settings_.any_ok ||
                    (signal == 0 && std::ranges::find(settings_.ok, code) != settings_.ok.end());
    if (!ok && !ending_.begun) ending_ = {true, std::max(code, 1), signal};
}

void Crew::signal_all(int signal) {
    for (const Replica& replica : replicas_) {
        if (replica.runs()) ::kill(replica.pid(), signal);
    }
}

/// All processes end, before their inputs are closed. What they still write goes nowhere.
void Crew::end_all() {
    if (!told_) signal_all(settings_.cancel);
    signal_all(SIGCONT);
    ending_.begun = true;
    auto deadline = std::chrono::steady_clock::now() + settings_.grace;
    for (;;) {
        reap();
        waiting_.clear();
        waiting_.add(signals_.get(), POLLIN);
        bool any = false;
        for (Replica& replica : replicas_) {
            any = any || replica.runs();
            while (!replica.take_output(kReadAtOnce).empty()) {
            }
            if (replica.out() >= 0) waiting_.add(replica.out(), POLLIN);
        }
        if (!any) break;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            signal_all(SIGKILL);
            deadline += std::chrono::seconds(1);
            continue;
        }
        waiting_.wait(static_cast<int>(left.count()));
        take_signals();
    }
    end_orphans();
}

/// What replicas started may read what they read. Each comes to us when its parent has ended, for
/// we are a subreaper; prctl(2), proc_tid_children(5).
void Crew::end_orphans() {
    const std::string path = "/proc/self/task/" + std::to_string(::getpid()) + "/children";
    for (bool any = true; any;) {
        any = false;
        std::istringstream children(read_small_file(path));
        for (pid_t pid = 0; children >> pid;) {
            if (pid == keeper_->pid()) continue;
            any = true;
            ::kill(pid, SIGKILL);
            ::waitpid(pid, nullptr, 0);
        }
    }
}

}  // namespace pipectl::helper
