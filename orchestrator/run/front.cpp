#include "orchestrator/run/front.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/event/exit_status.hpp"
#include "orchestrator/guard/detached.hpp"
#include "orchestrator/process/child_process.hpp"
#include "orchestrator/process/descendants.hpp"
#include "orchestrator/run/front_words.hpp"
#include "orchestrator/run/other_hosts.hpp"
#include "orchestrator/run/signal_relay.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/own_status.hpp"
#include "stages/base/signals.hpp"

namespace pipectl {

namespace {

using Clock = std::chrono::steady_clock;

/// How long a supervisor has for an answer.
constexpr std::chrono::milliseconds kPatience{1000};
/// How long a reader of stderr or of events may take nothing when all is over.
constexpr std::chrono::milliseconds kLastWords{2000};

/// Lets a signal do what it does by default. Returns when the process goes on after a stop.
void take_default_action(int number) {
    ::signal(number, SIG_DFL);
    ::raise(number);
    const sigset_t set = signal_set({number});
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

void pass_on(int socket, const RelayedSignal& signal) {
    (void)::send(socket, &signal, sizeof signal, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool is_pending(int number) {
    sigset_t pending;
    return ::sigpending(&pending) == 0 && sigismember(&pending, number) == 1;
}

bool is_ignored(int number) {
    struct sigaction action {};
    return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

/// What the front waits for, and does about it, until the supervisor has ended.
class Watch {
  public:
    explicit Watch(const FrontContext& context) : context_(context) {
        polled_.assign(kFirstStage, {-1, POLLIN, 0});
        polled_[0].fd = context_.signals;
        polled_[1].fd = context_.socket;
        polled_[2].events = polled_[3].events = POLLOUT;
        context_.stages.watch(polled_);
    }

    /// How the supervisor ended; nothing when it does not even end by SIGKILL.
    std::optional<ExitStatus> wait_for_supervisor() {
        while (!status_ && !given_up_) {
            wait_for_something();
            keep_patience();
        }
        take_words();
        return status_;
    }

    /// The supervisor was ended because it did not answer.
    [[nodiscard]] bool was_silent() const { return silent_; }
    /// The supervisor's last word; nothing when it ended without one.
    [[nodiscard]] const std::optional<RunResult>& result() const { return result_; }

    /// A signal that ends things and has come meanwhile; 0: none.
    int take_ending_signal() {
        signalfd_siginfo info{};
        while (::read(context_.signals, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
            if (cancels(static_cast<int>(info.ssi_signo))) {
                return static_cast<int>(info.ssi_signo);
            }
        }
        return 0;
    }

  private:
    void wait_for_something() {
        Outlet& errors = context_.teller.on_stderr();
        Outlet* const events = context_.teller.on_events();
        polled_[2].fd = errors.stuck() ? errors.descriptor() : -1;
        polled_[3].fd = events != nullptr && events->stuck() ? events->descriptor() : -1;
        // a stage that says more than is read waits, as it does at a pipe of the shell's
        const bool room = errors.waiting() < kMostOfStages;
        const std::size_t count = room ? polled_.size() : kFirstStage;
        if (::poll(polled_.data(), count, limit_ms()) <= 0) {
            return;
        }
        if (polled_[2].fd >= 0 || polled_[3].fd >= 0) {
            context_.teller.push();
        }
        if (room) {
            context_.stages.take(polled_.data() + kFirstStage, context_.teller);
        }
        if (polled_[1].revents != 0) {
            take_words();
        }
        if (polled_[0].revents != 0) {
            take_signals();
        }
    }

    void take_signals() {
        signalfd_siginfo info{};
        while (::read(context_.signals, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
            const int number = static_cast<int>(info.ssi_signo);
            const pid_t sender = info.ssi_code == SI_USER ? static_cast<pid_t>(info.ssi_pid) : 0;
            if (is_news(number, sender)) take_signal(number, sender);
        }
    }

    /// A signal to the whole group reached us by itself, and once more through who passes on what
    /// reached that one alone.
    bool is_news(int number, pid_t sender) {
        if (context_.conductor == 0) return true;
        return sender == context_.conductor ? conducted_.is_news(number, sender, Clock::now())
                                            : conducted_.own_copy(number, sender, Clock::now());
    }

    void take_signal(int number, pid_t sender) {
        if (number == SIGCHLD) {
            if (const auto ended = try_reap(context_.supervisor)) {
                status_ = ended->how;
            } else if (sender == context_.supervisor && !result_) {
                // the run lasts: see Supervisor::ask_for_guard()
                context_.guard.start(context_.supervisor);
            }
            return;
        }
        if (number == SIGPIPE) {
            return;
        }
        pass_on(context_.socket, {number, sender});
        if (cancels(number) && !look_again_) {
            look_again_ = Clock::now() + context_.plan.grace + kPatience;
        }
        if (number == SIGTSTP) {
            context_.guard.start(context_.supervisor);  // what is stopped lasts
            wait_for_answer();
            // a stop signal would discard a SIGCONT that has come meanwhile; signal(7)
            if (!is_pending(SIGCONT)) {
                take_default_action(SIGTSTP);
            }
            if (!is_pending(SIGCONT) && !is_pending(SIGTSTP)) {
                // We were not stopped, being in an orphaned process group: neither are the others.
                pass_on(context_.socket, {SIGCONT, 0});
            }
        }
    }

    /// What the supervisor says because of a stop (it takes its picture away) has to be on the
    /// terminal before the shell's prompt is.
    void wait_for_answer() {
        pass_on(context_.socket, {RelayedSignal::kAreYouThere, 0});
        asked_ = true;
        pollfd words{context_.socket, POLLIN, 0};
        while (asked_ && ::poll(&words, 1, static_cast<int>(kPatience.count()) / 2) > 0) {
            take_words();
        }
        asked_ = false;
    }

    void take_words() {
        while (const auto word = take_word(context_.socket)) {
            switch (word->kind) {
                case FrontWord::Kind::text:
                case FrontWord::Kind::event: context_.teller.pass_on(*word); break;
                case FrontWord::Kind::settle:
                    context_.stages.take_all(context_.teller);
                    pass_on(context_.socket, {RelayedSignal::kSettled, 0});
                    break;
                case FrontWord::Kind::here: asked_ = false; break;
                case FrontWord::Kind::result:
                    if (word->payload.size() == sizeof(RunResult)) {
                        std::memcpy(&result_.emplace(), word->payload.data(), sizeof(RunResult));
                        context_.guard.may_go();
                    }
                    break;
            }
        }
    }

    /// Once the run should be over, the supervisor is asked every second whether it is there, and
    /// ended when it does not say so: somebody has stopped it, or a disk does not answer.
    void keep_patience() {
        if (!look_again_ || status_ || Clock::now() < *look_again_) {
            return;
        }
        look_again_ = Clock::now() + kPatience;
        if (silent_) {
            given_up_ = true;
        } else if (asked_) {
            silent_ = true;
            ::kill(context_.supervisor, SIGKILL);  // not waited for yet: the pid is still its own
        } else {
            asked_ = true;
            pass_on(context_.socket, {RelayedSignal::kAreYouThere, 0});
        }
    }

    [[nodiscard]] int limit_ms() const {
        using std::chrono::milliseconds;
        if (!look_again_) {
            return -1;
        }
        const auto left = std::chrono::duration_cast<milliseconds>(*look_again_ - Clock::now());
        return static_cast<int>(std::clamp<long>(left.count() + 1, 0, 60000));
    }

    static constexpr std::size_t kFirstStage = 4;
    static constexpr std::size_t kMostOfStages = 1 << 16;

    const FrontContext& context_;
    std::vector<pollfd> polled_;  ///< signals, words, the two outlets, the stages
    std::optional<RunResult> result_;
    std::optional<ExitStatus> status_;
    std::optional<Clock::time_point> look_again_;
    bool asked_ = false;
    bool silent_ = false;
    bool given_up_ = false;
    SignalRelay conducted_;
};

/// Ends what is left of a run whose supervisor has ended without a result.
void clean_up_after(const FrontContext& context, const DetachedStages& detached,
                    bool supervisor_has_ended) {
    if (context.others != nullptr) {
        context.others->hang_up(true);
    }
    if (!detached.any()) {
        context.guard.kill_group();
    }
    const pid_t hangs = supervisor_has_ended ? 0 : context.supervisor;
    kill_descendants([&](pid_t pid) { return pid != hangs && !detached.own(pid); }, kSweepLimitMs,
                     {});
    context.outputs.roll_back();
    context.ledger.clean_up();
    if (context.on_supervisor_lost) {
        context.on_supervisor_lost();
    }
    context.stages.take_all(context.teller);
}

std::string story_of_loss(const Watch& watch, const std::optional<ExitStatus>& status,
                          bool replaced) {
    const std::string how = watch.was_silent() ? "did not answer and was ended"
                            : status           ? describe(*status)
                                               : "is gone";
    return "the supervisor of this run " + how + "; its processes were ended and " +
           (replaced ? "its files had been replaced" : "no file was replaced");
}

}  // namespace

const std::vector<int>& relayed_signals() {
    static const std::vector<int> signals = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGTSTP,
                                             SIGCONT, SIGUSR1, SIGCHLD, SIGPIPE};
    return signals;
}

void take_relayed_signals() {
    std::vector<int> taken;
    std::vector<int> left;
    for (const int number : relayed_signals()) {
        const bool ours = number == SIGCHLD || number == SIGPIPE || number == SIGCONT;
        (!ours && is_ignored(number) ? left : taken).push_back(number);
    }
    const sigset_t block = signal_set(taken);
    const sigset_t unblock = signal_set(left);
    ::sigprocmask(SIG_BLOCK, &block, nullptr);
    if (!left.empty()) ::sigprocmask(SIG_UNBLOCK, &unblock, nullptr);
}

Fd open_relayed_signals() {
    const sigset_t set = signal_set(relayed_signals());
    Fd signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals) {
        throw SystemError("cannot create a signal descriptor", errno);
    }
    return signals;
}

int stand_in_front(const FrontContext& context) {
    Watch watch(context);
    const std::optional<ExitStatus> status = watch.wait_for_supervisor();
    // putting a terminal's modes back must not stop it as a background job
    const sigset_t tty_output = signal_set({SIGTTOU});
    ::sigprocmask(SIG_BLOCK, &tty_output, nullptr);
    RunResult result = watch.result().value_or(RunResult{kOwnErrorStatus, 0});
    const DetachedStages detached(context.plan, context.run_id);
    if (!watch.result()) {
        clean_up_after(context, detached, status.has_value());
        context.teller.complain(story_of_loss(watch, status, context.outputs.has_replaced()));
    }
    context.guard.finish(detached.any());
    context.terminal.restore();
    context.flags.restore();
    int ended_by = 0;
    const auto latest = Clock::now() + context.plan.grace;
    const bool was_ended = result.signal != 0 || result.exit == kTimeoutStatus;
    context.teller.drain(std::min(context.plan.grace, kLastWords), [&] {
        ended_by = watch.take_ending_signal();
        return ended_by != 0 || (was_ended && Clock::now() >= latest);
    });
    if (result.signal == 0) {
        result.signal = ended_by;
    }
    if (result.exit == 0 && context.teller.has_lost_events()) {
        result.exit = kOwnErrorStatus;  // as for a record that was asked for
    }
    if (result.signal != 0) {
        const rlimit none{0, 0};  // no core dump of ours for somebody's Ctrl-backslash
        ::setrlimit(RLIMIT_CORE, &none);
        if (context.on_death) context.on_death(result.signal);
        take_default_action(result.signal);
    }
    return result.exit;
}

}  // namespace pipectl
