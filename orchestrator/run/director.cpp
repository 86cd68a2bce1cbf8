#include "orchestrator/run/director.hpp"

#include <algorithm>
#include <cassert>
#include <csignal>

namespace pipectl {

namespace {

constexpr int kTimeoutStatus = 124;
constexpr int kOwnErrorStatus = 125;
constexpr int kBrokenPipeStatus = 128 + SIGPIPE;
constexpr int kAllTimedOut = -2;

}  // namespace

Director::Director(const Plan& plan, Effects& effects)
    : plan_(plan), effects_(effects), entries_(plan.processes.size()) {
    for (std::size_t i = 0; i < plan.links.size(); ++i) {
        const Link& link = plan.links[i];
        entries_[static_cast<std::size_t>(link.writer)].writes.push_back(static_cast<int>(i));
        entries_[static_cast<std::size_t>(link.reader)].reads.push_back(static_cast<int>(i));
    }
    for (std::size_t i = 0; i < plan.processes.size(); ++i) {
        for (const Descriptor& descriptor : plan.processes[i].descriptors) {
            if (descriptor.what == Descriptor::What::inherited && descriptor.index == 1) {
                entries_[i].writes_outside = true;
            }
        }
    }
}

void Director::started(int process) {
    Entry& entry = entries_[static_cast<std::size_t>(process)];
    assert(entry.state == State::waiting);
    entry.state = State::running;
    ++running_;
}

bool Director::is_running(int process) const {
    return entries_[static_cast<std::size_t>(process)].state == State::running;
}

bool Director::is_ok(int process, const ExitStatus& status) const {
    const Process& what = plan_.processes[static_cast<std::size_t>(process)];
    if (what.any_ok) {
        return true;
    }
    return status.signal == 0 && std::ranges::find(what.ok, status.code) != what.ok.end();
}

bool Director::is_broken_pipe(const ExitStatus& status) {
    // A shell whose last command died of SIGPIPE hands that on as 141.
    return status.signal == SIGPIPE || (status.signal == 0 && status.code == kBrokenPipeStatus);
}

bool Director::reader_ended_well(int process) const {
    const auto& writes = entries_[static_cast<std::size_t>(process)].writes;
    return std::ranges::any_of(writes, [this](int link) {
        const int reader = plan_.links[static_cast<std::size_t>(link)].reader;
        const Entry& entry = entries_[static_cast<std::size_t>(reader)];
        // By the shell's rules nobody asks how the reader ended.
        return entry.state == State::judged &&
               (!plan_.strict || entry.verdict == Verdict::ok || entry.verdict == Verdict::cut);
    });
}

bool Director::reader_undecided(int process) {
    Entry& writer = entries_[static_cast<std::size_t>(process)];
    return std::ranges::any_of(writer.writes, [&](int link) {
        const int reader = plan_.links[static_cast<std::size_t>(link)].reader;
        const State state = entries_[static_cast<std::size_t>(reader)].state;
        if (state == State::pending || (state == State::running && effects_.is_exiting(reader))) {
            return true;
        }
        // Programs such as head(1) close their input just before they end: give them a moment.
        if (state != State::running || writer.patience_over || !effects_.is_abandoned(link)) {
            return false;
        }
        if (!writer.patient) {
            writer.patient = true;
            effects_.start_patience(process, reader);
        }
        return true;
    });
}

void Director::output_complete(int link) {
    // The helper saw a true end of its own input, or it would not say so.
    effects_.release_hold(link);
}

void Director::patience_over(int process) {
    entries_[static_cast<std::size_t>(process)].patience_over = true;
    try_pending();
}

void Director::judge(int process, Verdict verdict) {
    Entry& entry = entries_[static_cast<std::size_t>(process)];
    assert(entry.state != State::judged);
    entry.state = State::judged;
    entry.verdict = verdict;
    effects_.record(ProcessJudged{process, verdict});

    // A true end of data: the producer has ended well, so its readers may see it. By the shell's
    // rules they see it however it ended.
    const bool well = verdict == Verdict::ok || verdict == Verdict::cut;
    if (well || !plan_.strict) {
        for (const int link : entry.writes) {
            effects_.release_hold(link);
        }
    }
    for (const int link : entry.reads) {
        const Link& what = plan_.links[static_cast<std::size_t>(link)];
        if (what.kind->reader_gone == channel::ReaderGone::we_tell && is_running(what.writer)) {
            effects_.watch_writer(link);
        }
    }
}

void Director::ended(const std::vector<Ended>& batch) {
    std::vector<int> open;
    for (const Ended& end : batch) {
        Entry& entry = entries_[static_cast<std::size_t>(end.process)];
        assert(entry.state == State::running);
        entry.status = end.status;
        entry.state = State::pending;
        --running_;
        open.push_back(end.process);
    }
    // Everything that ended before a cancelling signal was sent is judged by what it did itself;
    // the failures of the batch are looked at last.
    std::vector<int> failures;
    for (const int process : open) {
        Entry& entry = entries_[static_cast<std::size_t>(process)];
        if (cancelling_ && entry.told_to_end) {
            const bool late = process == timed_out_ || timed_out_ == kAllTimedOut;
            judge(process, late ? Verdict::timeout : Verdict::cancelled);
        } else if (is_ok(process, entry.status)) {
            judge(process, Verdict::ok);
        } else if (is_broken_pipe(entry.status)) {
            pending_.push_back(process);
        } else {
            failures.push_back(process);
        }
    }
    if (!failures.empty()) {
        // When a reader and its writer failed together, the writer most likely failed because of
        // its reader (a write error): the reader is named.
        const auto cause = std::ranges::find_if(failures, [&](int process) {
            const auto& writes = entries_[static_cast<std::size_t>(process)].writes;
            return std::ranges::none_of(writes, [&](int link) {
                const int reader = plan_.links[static_cast<std::size_t>(link)].reader;
                return std::ranges::find(failures, reader) != failures.end();
            });
        });
        std::iter_swap(failures.begin(), cause == failures.end() ? failures.begin() : cause);
    }
    for (const int process : failures) {
        fail(process);
    }
    try_pending();
}

void Director::fail(int process) {
    Entry& entry = entries_[static_cast<std::size_t>(process)];
    const bool first = !cancelling_;
    judge(process, Verdict::failed);
    // By the shell's rules a failure concerns nobody else, and what stands in for a pipe breaks as
    // a pipe does.
    if (!plan_.strict && (plan_.processes[static_cast<std::size_t>(process)].role == Role::stage ||
                          is_broken_pipe(entry.status))) {
        return;
    }
    if (!first) {
        return;
    }
    outcome_.verdict = Verdict::failed;
    outcome_.process = process;
    if (plan_.processes[static_cast<std::size_t>(process)].role == Role::helper) {
        outcome_.exit = kOwnErrorStatus;
    } else {
        // Status 0 can be a failure (`ok = [3]`); the run must not call it a success.
        outcome_.exit = std::max(1, entry.status.shell_status());
    }
    begin_cancel(CancelBegan{CancelBegan::Why::failure, process, 0, {}}, 0, {});
}

void Director::try_pending() {
    // Judging one can settle others, so go round until nothing moves. A process whose writers wait
    // for it is judged before them.
    bool moved = true;
    while (moved) {
        moved = false;
        for (std::size_t i = 0; i < pending_.size(); ++i) {
            const int process = pending_[i];
            Entry& entry = entries_[static_cast<std::size_t>(process)];
            const auto settled = [&] {
                pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
                moved = true;
            };
            if (reader_ended_well(process)) {
                settled();
                judge(process, Verdict::cut);
            } else if (reader_undecided(process)) {
                continue;
            } else if (entry.writes_outside && effects_.outside_reader_gone()) {
                settled();
                outside_cut_ = true;
                judge(process, Verdict::cut);
            } else if (cancelling_) {
                settled();
                judge(process, Verdict::cancelled);
            } else {
                settled();
                fail(process);
            }
            break;
        }
    }
}

void Director::begin_cancel(CancelBegan why, int signal, const std::vector<bool>& reached) {
    cancelling_ = true;
    effects_.record(std::move(why));
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (entries_[i].state != State::running) {
            continue;
        }
        const bool has_it = i < reached.size() && reached[i];
        // What has ended by itself in the meantime is judged by that.
        entries_[i].told_to_end = has_it || !effects_.is_exiting(static_cast<int>(i));
        if (!has_it) {
            effects_.send_signal(static_cast<int>(i),
                                 signal != 0 ? signal : plan_.processes[i].cancel_signal);
        }
        effects_.send_signal(static_cast<int>(i), SIGCONT);
    }
    effects_.start_grace();
}

void Director::stage_timed_out(int process) {
    if (cancelling_ || !is_running(process)) {
        return;
    }
    timed_out_ = process;
    outcome_.process = process;
    outcome_.verdict = Verdict::timeout;
    outcome_.exit = kTimeoutStatus;
    begin_cancel(CancelBegan{CancelBegan::Why::stage_timeout, process, 0, {}}, 0, {});
}

void Director::run_timed_out() {
    if (cancelling_) {
        return;
    }
    timed_out_ = kAllTimedOut;
    outcome_.verdict = Verdict::timeout;
    outcome_.exit = kTimeoutStatus;
    begin_cancel(CancelBegan{CancelBegan::Why::run_timeout, -1, 0, {}}, 0, {});
}

void Director::cancelled_by_signal(int signal, const std::vector<bool>& reached) {
    if (cancelling_) {
        // Who presses Ctrl-C while the run is being ended does not want to wait for it.
        if (signal == SIGINT) {
            grace_over();
        }
        return;
    }
    outcome_.verdict = Verdict::cancelled;
    outcome_.signal = signal;
    outcome_.exit = 128 + signal;
    begin_cancel(CancelBegan{CancelBegan::Why::signal, -1, signal, {}}, signal, reached);
}

void Director::grace_over() {
    if (!killed_) {
        killed_ = true;
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            if (entries_[i].state == State::running) {
                effects_.send_signal(static_cast<int>(i), SIGKILL);
            }
        }
    }
    effects_.kill_everything();
}

void Director::give_up(const std::string& message, int status) {
    if (cancelling_) {
        return;
    }
    outcome_.verdict = Verdict::failed;
    outcome_.exit = status;
    outcome_.message = message;
    begin_cancel(CancelBegan{CancelBegan::Why::internal, -1, 0, message}, 0, {});
    grace_over();
}

Director::Outcome Director::finish() {
    assert(all_ended());
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (entries_[i].state == State::waiting) {
            judge(static_cast<int>(i), Verdict::not_started);
        }
    }
    if (outcome_.exit != 0 || outcome_.signal != 0) {
        return outcome_;
    }
    if (!plan_.strict && plan_.last_stage >= 0) {
        // The shell's rules: the last stage's status is the pipeline's; with pipefail that of the
        // last one that was not 0, and a stage whose reader left counts as well.
        for (int i = plan_.last_stage; i >= (plan_.pipefail ? 0 : plan_.last_stage); --i) {
            const auto& last = entries_[static_cast<std::size_t>(i)];
            if (last.verdict == Verdict::ok || (last.verdict == Verdict::cut && outside_cut_)) {
                continue;
            }
            outcome_.verdict = Verdict::failed;
            outcome_.process = i;
            outcome_.exit = std::max(1, last.status.shell_status());
            return outcome_;
        }
    }
    if (outside_cut_) {
        outcome_.verdict = Verdict::cut;
        outcome_.signal = SIGPIPE;
        outcome_.exit = kBrokenPipeStatus;
    }
    return outcome_;
}

}  // namespace pipectl
