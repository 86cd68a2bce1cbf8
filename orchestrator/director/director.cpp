#include "orchestrator/director/director.hpp"

#include <algorithm>
#include <cassert>
#include <csignal>
#include <utility>

#include "stages/base/own_status.hpp"
#include "stages/base/units.hpp"

namespace pipectl {

namespace {

using namespace std::chrono_literals;

constexpr int kBrokenPipeStatus = 128 + SIGPIPE;
constexpr int kAllTimedOut = -2;

/// Runs that are over by then do not pay for a guard and a control socket.
constexpr RunTime kLasting = 50ms;
/// Programs that wait for each other's data or room, and for nothing else, need no time to end it.
constexpr RunTime kStandstill = 4s;

/// An idle process is noticed an eighth of its limit late at most.
RunTime pause_of_idle(RunTime limit) {
    return std::clamp<RunTime>(limit / 8, 10ms, 5s);
}

bool is_broken_pipe(const ExitStatus& status) {
    // A shell whose last command died of SIGPIPE hands that on as 141.
    return status.signal == SIGPIPE || (status.signal == 0 && status.code == kBrokenPipeStatus);
}

bool is_well(Verdict verdict) {
    return verdict == Verdict::ok || verdict == Verdict::cut;
}

}  // namespace

Director::Director(const Plan& plan, Facts& facts, RunTime begins)
    : plan_(plan),
      facts_(facts),
      roster_(plan),
      departures_(roster_, facts, agenda_),
      ending_(roster_, facts, agenda_),
      notices_(roster_),
      restarts_(roster_, facts, agenda_, departures_) {
    if (plan.timeout) {
        agenda_.add(begins + *plan.timeout, due::RunTimeout{});
    }
    has_restarts_ = std::ranges::any_of(
        plan.processes, [](const Process& each) { return each.restart.has_value(); });
    has_order_ = std::ranges::any_of(plan.processes,
                                     [](const Process& each) { return !each.after.empty(); });
}

Actions Director::on(RunTime now, const Occurrence& what) {
    assert(now >= now_);
    now_ = now;
    actions_.clear();
    std::visit([this](const auto& each) { take(each); }, what);
    return std::move(actions_);
}

// --- what has happened
// ----------------------------------------------------------------------------

void Director::take(const occurrence::Started& what) {
    Entry& entry = roster_.of(what.process);
    assert(entry.state == State::waiting || entry.state == State::resting);
    resting_ -= entry.state == State::resting ? 1 : 0;
    entry.state = State::running;
    ++running_;
    starting_ -= entry.called ? 1 : 0;
    entry.called = false;
    ++entry.starts;
    entry.started_at = now_;
    if (!roster_.process(what.process).holds()) {
        take(occurrence::HasAll{what.process});
    }
    for (const int link : entry.writes) {
        const State reader = roster_.of(roster_.link(link).reader).state;
        if (reader == State::pending || reader == State::judged) {  // it did not wait for this one
            departures_.reader_left(link, now_, actions_);
        }
    }
}

void Director::take(const occurrence::HasAll& what) {
    const int start = roster_.of(what.process).starts;
    if (const auto& timeout = roster_.process(what.process).timeout) {
        agenda_.add(now_ + *timeout, due::StageTimeout{what.process, start});
    }
    if (const auto& limit = roster_.process(what.process).idle_timeout) {
        (void)facts_.has_moved(what.process);
        agenda_.add(now_ + pause_of_idle(*limit), due::WatchIdle{what.process, start, now_});
    }
    departures_.started(what.process, now_);
    notices_.started(what.process, actions_);
}

void Director::take(const occurrence::StartFailed& what) {
    actions_.push_back(action::Tell{StartFailed{what.process, what.reason, what.status}});
    Entry& entry = roster_.of(what.process);
    const bool waiting = entry.state == State::waiting;
    starting_ -= entry.state != State::running && entry.called ? 1 : 0;
    if (entry.state == State::resting) entry.called = false;  // its verdict comes with the cancel
    if (cancelling_ && waiting) {  // one that was started after a failure, which stays the cause
        judge(what.process, Verdict::not_started);
        look_for_end();
        return;
    }
    give_up(
        "stage '" + roster_.process(what.process).name + "' could not be started: " + what.reason,
        what.status);
    look_for_end();  // it may have been the only one
}

void Director::take(const occurrence::AllStarted& /*what*/) {
    all_started_ = true;
    agenda_.add(now_ + kLasting, due::Lasting{});
    look_for_end();
}

void Director::take(const occurrence::Ended& what) {
    for (const occurrence::End& end : what.batch) {
        Entry& entry = roster_.of(end.process);
        assert(entry.state == State::running);
        entry.status = end.status;
        // what may be started again has not left its neighbours before that is known
        entry.state = roster_.process(end.process).restart ? State::resting : State::pending;
        --running_;
    }
    std::vector<occurrence::End> batch = what.batch;
    std::erase_if(batch, [this](const occurrence::End& end) { return rests(end); });
    for (const occurrence::End& end : batch) {
        notices_.happened(end.process, false, actions_);
    }
    // Everything that ended before a cancelling signal was sent is judged by what it did itself;
    // the failures of the batch are looked at last.
    std::vector<int> failures;
    for (const occurrence::End& end : batch) {
        const Entry& entry = roster_.of(end.process);
        if (cancelling_ && entry.told_to_end) {
            const bool late = end.process == timed_out_ || timed_out_ == kAllTimedOut;
            judge(end.process, late ? Verdict::timeout : Verdict::cancelled);
        } else if (is_ok(end.process, end.status)) {
            judge(end.process, Verdict::ok);
        } else if (tells_of_cut(end) && had_enough(end.process)) {
            pending_.push_back(end.process);
        } else {
            failures.push_back(end.process);
        }
    }
    if (!failures.empty()) {
        // When a reader and its writer failed together, the writer most likely failed because of
        // its reader (a write error): the reader is named.
        const auto cause = std::ranges::find_if(failures, [&](int process) {
            return std::ranges::none_of(roster_.of(process).writes, [&](int link) {
                return std::ranges::find(failures, roster_.link(link).reader) != failures.end();
            });
        });
        std::iter_swap(failures.begin(), cause == failures.end() ? failures.begin() : cause);
    }
    for (const int process : failures) {
        fail(process);
    }
    for (const occurrence::End& end : batch) {
        for (const int link : roster_.of(end.process).reads) {
            departures_.reader_left(link, now_, actions_);
        }
    }
    for (const occurrence::End& end : batch) {
        predecessor_ended(end.process);
    }
    judge_pending();
    look_for_end();
}

void Director::take(const occurrence::OutputComplete& what) {
    // The helper saw a true end of its own input, or it would not say so.
    actions_.push_back(action::ReleaseEnd{what.link});
}

void Director::take(const occurrence::OutputBegan& what) {
    for (const int process : what.processes) {
        notices_.happened(process, true, actions_);
    }
}

void Director::take(const occurrence::TimePassed& /*what*/) {
    while (const std::optional<Due> what = agenda_.take_due(now_)) {
        std::visit([this](const auto& each) { take(each); }, *what);
    }
}

void Director::take(const occurrence::CancelSignal& what) {
    if (what.unsure) {
        agenda_.add(now_ + plan_.grace / 2, due::ConfirmSignal{what.signal});
    }
    if (cancelling_ && after_failure_) {
        cancel_late(what.signal, what.reached);
        return;
    }
    if (cancelling_) {
        // Who presses Ctrl-C while the run is being ended does not want to wait for it.
        if (what.signal == SIGINT) {
            ending_.kill(now_, actions_);
        }
        return;
    }
    outcome_.verdict = Verdict::cancelled;
    outcome_.signal = what.signal;
    outcome_.exit = 128 + what.signal;
    begin_cancel(CancelBegan{CancelBegan::Why::signal, -1, what.signal, {}}, what.signal,
                 what.reached);
}

void Director::take(const occurrence::CancelAsked& what) {
    take(occurrence::CancelSignal{SIGTERM, {}, false});
    if (what.now) {
        ending_.kill(now_, actions_);
    }
}

void Director::take(const occurrence::GaveUp& what) {
    give_up(what.message, kOwnErrorStatus);
}

void Director::take(const occurrence::Looked& what) {
    if (running_ == 0) {
        return;
    }
    if (what.quiet >= kStandstill) {
        const std::vector<LinkWaits> waits = facts_.waits();
        if (const auto circle = circle_of_waits(plan_, waits); !circle.empty()) {
            const std::string who = describe_circle(plan_, waits, circle);
            const bool for_room = who.find(" for room at '") != std::string::npos;
            give_up("the stages wait for each other, and nothing has moved for " +
                        std::to_string(kStandstill / 1s) + " s: " + who +
                        (for_room ? "; more 'buffer' on these edges, or none said, lets them go on"
                                  : "; one of them has to write, or to flush what it has written"),
                    kOwnErrorStatus);
            return;
        }
    }
    if (!held_ends_told_ && !what.hold_ends_back.empty() && !cancelling_) {
        held_ends_told_ = true;
        for (const int process : what.hold_ends_back) {
            actions_.push_back(action::Tell{EndHeldBack{process}});
        }
    }
}

// --- what was to be done at this time
// -------------------------------------------------------------

void Director::take(const due::RunTimeout& /*what*/) {
    if (cancelling_ && after_failure_) {
        cancel_late(0, {});
        return;
    }
    if (cancelling_) {
        return;
    }
    timed_out_ = kAllTimedOut;
    outcome_.verdict = Verdict::timeout;
    outcome_.exit = kTimeoutStatus;
    begin_cancel(CancelBegan{CancelBegan::Why::run_timeout, -1, 0, {}}, 0, {});
}

void Director::take(const due::GraceOver& /*what*/) {
    // Those that run after a failure were told nothing.
    if (!after_failure_) {
        ending_.kill(now_, actions_);
    }
}

void Director::take(const due::StageTimeout& what) {
    if (roster_.is_running(what.process) && roster_.of(what.process).starts == what.start) {
        be_late(what.process, {CancelBegan::Why::stage_timeout, what.process, 0, {}});
    }
}

void Director::take(const due::WatchIdle& what) {
    if (!roster_.is_running(what.process) || roster_.of(what.process).starts != what.start ||
        (cancelling_ && !after_failure_)) {
        return;
    }
    const std::chrono::milliseconds limit = *roster_.process(what.process).idle_timeout;
    const RunTime moved_at = facts_.has_moved(what.process) ? now_ : what.moved_at;
    if (now_ - moved_at >= limit) {
        be_late(what.process,
                {CancelBegan::Why::idle_timeout, what.process, 0, duration_literal(limit)});
        return;
    }
    agenda_.add(std::min<RunTime>(moved_at + limit, now_ + pause_of_idle(limit)),
                due::WatchIdle{what.process, what.start, moved_at});
}

void Director::take(const due::Lasting& /*what*/) {
    actions_.push_back(action::RunLasts{});
}

void Director::take(const due::LookForEnd& /*what*/) {
    judge_pending();
    look_for_end();
}

void Director::take(const due::Restart& what) {
    if (roster_.of(what.process).state == State::resting && !cancelling_) {
        call(what.process);
    }
}

// --- the rules
// ------------------------------------------------------------------------------------

/// A process that has ended is put to rest; else its end is like any other's from now on.
bool Director::rests(const occurrence::End& end) {
    if (roster_.of(end.process).state != State::resting) {
        return false;
    }
    const bool well = is_ok(end.process, end.status);
    const bool cut = !well && tells_of_cut(end) && had_enough(end.process);
    // A writer that has ended because this one had closed its input waits for its verdict, and
    // would wait for ever: what it reads is over.
    const bool had_cut = std::ranges::any_of(roster_.of(end.process).reads, [this](int link) {
        const int writer = roster_.link(link).writer;
        return roster_.of(writer).told_of_cut ||
               std::ranges::find(pending_, writer) != pending_.end();
    });
    if (!cancelling_ && !cut && !had_cut && restarts_.wanted(end.process, well)) {
        ++resting_;
        restarts_.rest(end.process, now_, actions_);
        return true;
    }
    end_for_good(end.process);
    return false;
}

void Director::end_for_good(int process) {
    roster_.of(process).state = State::pending;
    actions_.push_back(action::EndForGood{process});
}

/// The run is being ended: nobody is started again.
void Director::end_resting() {
    for (std::size_t i = 0; resting_ > 0 && i < roster_.entries.size(); ++i) {
        const int process = static_cast<int>(i);
        if (roster_.entries[i].state != State::resting) {
            continue;
        }
        --resting_;
        end_for_good(process);
        notices_.happened(process, false, actions_);
        judge(process, timed_out_ == kAllTimedOut ? Verdict::timeout : Verdict::cancelled);
        for (const int link : roster_.entries[i].reads) {
            departures_.reader_left(link, now_, actions_);
        }
        predecessor_ended(process);
        agenda_.add(now_, due::LookForEnd{});  // others of the same occurrence come first
    }
}

bool Director::is_ok(int process, const ExitStatus& status) const {
    const Process& what = roster_.process(process);
    if (what.any_ok) {
        return true;
    }
    return status.signal == 0 && std::ranges::find(what.ok, status.code) != what.ok.end();
}

/// An end that can be the answer to readers that had enough: by SIGPIPE; by a status of a program
/// that ignores or catches SIGPIPE and so got EPIPE; by the signal that we sent because of them.
bool Director::tells_of_cut(const occurrence::End& end) const {
    const Process& what = roster_.process(end.process);
    if (is_broken_pipe(end.status)) {
        return true;
    }
    if (what.cut_by_signal_only || !plan_.strict || what.role == Role::helper) {
        return what.unread_stop && roster_.of(end.process).told_of_cut;
    }
    const bool answered = end.status.signal == 0 && end.on_broken_pipe != OnBrokenPipe::dies;
    return answered || roster_.of(end.process).told_of_cut;
}

/// All who read what it wrote had closed their ends. What an endpoint's helper writes to is read
/// outside, by somebody who may leave as any reader may.
bool Director::had_enough(int process) const {
    const Entry& entry = roster_.of(process);
    const bool endpoint = roster_.is_helper(process) && entry.writes.empty();
    return (endpoint && is_broken_pipe(entry.status)) || departures_.all_left(process);
}

bool Director::readers_judged(int process) const {
    return std::ranges::all_of(roster_.of(process).data, [this](int link) {
        return roster_.of(roster_.link(link).reader).state == State::judged;
    });
}

bool Director::readers_ended_well(int process) const {
    // By the shell's rules nobody asks how a reader ended.
    return !plan_.strict || std::ranges::all_of(roster_.of(process).data, [this](int link) {
        return is_well(roster_.of(roster_.link(link).reader).verdict);
    });
}

void Director::judge(int process, Verdict verdict) {
    Entry& entry = roster_.of(process);
    assert(entry.state == State::pending || entry.state == State::waiting);
    entry.state = State::judged;
    entry.verdict = verdict;
    actions_.push_back(action::Tell{ProcessJudged{process, verdict}});
    // Whoever reads pipectl's own output had enough: pipectl ends as any filter does.
    outside_cut_ = outside_cut_ || (verdict == Verdict::cut && entry.writes_outside);
    // A true end of data: the producer has ended well, so its readers may see it. By the shell's
    // rules they see it however it ended.
    if (is_well(verdict) || !plan_.strict) {
        for (const int link : entry.writes) {
            actions_.push_back(action::ReleaseEnd{link});
        }
    }
    release_followers(process, verdict);
}

// --- order without data

bool Director::may_start(int process) const {
    const Entry& entry = roster_.of(process);
    return entry.state == State::waiting && entry.awaited == 0 && !entry.called;
}

bool Director::starts_to_come() const {
    if (over_) {
        return false;
    }
    const auto may_come_again = [this](std::size_t process) {
        const State state = roster_.entries[process].state;
        return plan_.processes[process].restart && state != State::pending &&
               state != State::judged;
    };
    for (std::size_t i = 0; has_restarts_ && !cancelling_ && i < roster_.entries.size(); ++i) {
        if (may_come_again(i)) return true;
    }
    if (!has_order_) {
        return false;
    }
    const auto may_come = [this](const Entry& entry) {
        return entry.state == State::waiting && (!cancelling_ || outcome_.process >= 0);
    };
    return std::ranges::any_of(roster_.entries, may_come);
}

/// Those that wait for its end, however it comes.
void Director::predecessor_ended(int process) {
    for (const Predecessor& follower : roster_.of(process).followers) {
        if (follower.ended) {
            --roster_.of(follower.process).awaited;
            start_if_free(follower.process);
        }
    }
}

/// Those that wait for its good end. What can never start has ended for those who come after it
/// whatever happens.
void Director::release_followers(int process, Verdict verdict) {
    if (verdict == Verdict::not_started) {
        predecessor_ended(process);
    }
    for (const Predecessor& follower : roster_.of(process).followers) {
        if (follower.ended) {
            continue;
        }
        Entry& entry = roster_.of(follower.process);
        --entry.awaited;
        entry.hopeless = entry.hopeless || !is_well(verdict);
        start_if_free(follower.process);
    }
}

void Director::call(int process) {
    roster_.of(process).called = true;
    ++starting_;
    actions_.push_back(action::Start{process});
}

void Director::start_if_free(int process) {
    const Entry& entry = roster_.of(process);
    // While all is being ended, order is looked after when all have ended: start_after_failure().
    if (cancelling_ || !may_start(process)) {
        return;
    }
    if (!entry.hopeless) {
        call(process);
        return;
    }
    // A strict run is about to be cancelled because of the same failure.
    if (plan_.strict) {
        return;
    }
    actions_.push_back(action::GiveUpStart{process});
    judge(process, Verdict::not_started);
    for (const int link : entry.reads) {
        departures_.reader_left(link, now_, actions_);
    }
}

/// A failed run has ended but for those that come however others ended. True when one is started.
bool Director::start_after_failure() {
    const bool failed = outcome_.process >= 0 && outcome_.verdict == Verdict::failed;
    if (!has_order_ || !cancelling_ || !failed) {
        return false;
    }
    bool any = false;
    for (bool moved = true; moved;) {
        moved = false;
        for (std::size_t i = 0; i < roster_.entries.size(); ++i) {
            const int process = static_cast<int>(i);
            Entry& entry = roster_.entries[i];
            if (!may_start(process)) {
                continue;
            }
            moved = true;
            const auto& after = roster_.process(process).after;
            const bool wanted = std::ranges::any_of(after, [this](const Predecessor& before) {
                return before.ended || roster_.of(before.process).starts_late;
            });
            if (wanted && !entry.hopeless) {
                entry.starts_late = any = true;
                call(process);
            } else {
                judge(process, Verdict::not_started);
            }
        }
    }
    after_failure_ = after_failure_ || any;
    return any;
}

/// Of a two-way edge both can have ended because the other one had read enough: each waits for the
/// other's verdict. Nobody of them has ended well, so the one that ended first is taken to have
/// failed. -1: somebody who still runs will settle it.
int Director::first_of_circle() const {
    std::vector<int> circle = pending_;
    const auto waits_outside = [&](int process) {
        return std::ranges::any_of(roster_.of(process).data, [&](int link) {
            const int reader = roster_.link(link).reader;
            return roster_.of(reader).state != State::judged &&
                   std::ranges::find(circle, reader) == circle.end();
        });
    };
    while (std::erase_if(circle, waits_outside) > 0) {
    }
    const auto stage =
        std::ranges::find_if(circle, [this](int process) { return !roster_.is_helper(process); });
    return circle.empty() ? -1 : stage != circle.end() ? *stage : circle.front();
}

void Director::judge_pending() {
    // Judging one can settle others, so go round until nothing moves.
    const auto settled = [this](int process) { return readers_judged(process); };
    for (;;) {
        auto next = std::ranges::find_if(pending_, settled);
        const bool circle = next == pending_.end();
        if (circle) next = std::ranges::find(pending_, first_of_circle());
        if (next == pending_.end()) return;
        const int process = *next;
        pending_.erase(next);
        if (!circle && readers_ended_well(process)) {
            judge(process, Verdict::cut);
        } else if (cancelling_) {
            judge(process, Verdict::cancelled);
        } else {
            fail(process);
        }
    }
}

void Director::fail(int process) {
    const bool first = !cancelling_;
    const ExitStatus status = roster_.of(process).status;
    judge(process, Verdict::failed);
    const bool helper = roster_.is_helper(process);
    if (after_failure_ && plan_.strict) {
        cancel_late(0, {});
        return;
    }
    // By the shell's rules a failure concerns nobody else, and what stands in for a pipe breaks as
    // a pipe does.
    if (!first || (!plan_.strict && (!helper || is_broken_pipe(status)))) {
        return;
    }
    outcome_.verdict = Verdict::failed;
    outcome_.process = process;
    // Status 0 can be a failure (`ok = [3]`); the run must not call it a success.
    outcome_.exit = helper ? kOwnErrorStatus : std::max(1, status.shell_status());
    begin_cancel(CancelBegan{CancelBegan::Why::failure, process, 0, {}}, 0, {});
}

/// A process that runs has had its time.
void Director::be_late(int process, CancelBegan why) {
    if (cancelling_ && after_failure_) {
        cancel_late(0, {});
    } else if (!cancelling_) {
        timed_out_ = process;
        outcome_.process = process;
        outcome_.verdict = Verdict::timeout;
        outcome_.exit = kTimeoutStatus;
        begin_cancel(std::move(why), 0, {});
    }
}

void Director::give_up(const std::string& message, int status) {
    if (cancelling_) {
        return;
    }
    outcome_.verdict = Verdict::failed;
    outcome_.exit = status;
    outcome_.message = message;
    begin_cancel(CancelBegan{CancelBegan::Why::internal, -1, 0, message}, 0, {});
    ending_.kill(now_, actions_);
}

/// Ends those that were started after a failure.
void Director::cancel_late(int signal, const std::vector<bool>& reached) {
    after_failure_ = false;
    ending_.cancel(signal, reached, now_, actions_);
}

void Director::begin_cancel(CancelBegan why, int signal, const std::vector<bool>& reached) {
    cancelling_ = true;
    actions_.push_back(action::Tell{std::move(why)});
    ending_.cancel(signal, reached, now_, actions_);
    end_resting();
}

/// The run is over when all of it has ended, also what stages have left behind.
void Director::look_for_end() {
    if (!all_started_ || running_ + starting_ + resting_ > 0 || !pending_.empty() || over_) {
        return;
    }
    if (start_after_failure()) {
        ending_.calm();
        return;
    }
    over_ = ending_.is_over(now_, actions_);
    for (std::size_t i = 0; over_ && i < roster_.entries.size(); ++i) {
        if (roster_.entries[i].state == State::waiting) {
            judge(static_cast<int>(i), Verdict::not_started);
        }
    }
}

/// The process itself, or the one whose failure kept it from starting.
int Director::cause_of(int process) const {
    while (roster_.of(process).verdict == Verdict::not_started) {
        const auto& after = roster_.process(process).after;
        const auto cause = std::ranges::find_if(after, [this](const Predecessor& before) {
            return !before.ended && !is_well(roster_.of(before.process).verdict);
        });
        if (cause == after.end()) {
            break;
        }
        process = cause->process;
    }
    return process;
}

Director::Outcome Director::outcome() const {
    assert(over_);
    Outcome outcome = outcome_;
    for (std::size_t i = 0; i < roster_.entries.size(); ++i) {
        outcome.delivered =
            outcome.delivered || (plan_.processes[i].delivers && roster_.entries[i].starts > 0);
    }
    // A time that passes when all have ended by themselves, and only the word of it was under way,
    // has cut nobody short.
    const bool all_well = std::ranges::all_of(
        roster_.entries, [](const Entry& entry) { return is_well(entry.verdict); });
    if (outcome.verdict == Verdict::timeout && all_well) {
        outcome = {};
    }
    if (outcome.exit != 0 || outcome.signal != 0) {
        return outcome;
    }
    if (!plan_.strict && plan_.last_stage >= 0) {
        // The shell's rules: the last stage's status is the pipeline's; with pipefail that of the
        // last one that was not 0, and a stage whose reader left counts as well.
        for (int i = plan_.last_stage; i >= (plan_.pipefail ? 0 : plan_.last_stage); --i) {
            const Entry& last = roster_.of(cause_of(i));
            if (last.verdict == Verdict::ok || (last.verdict == Verdict::cut && outside_cut_)) {
                continue;
            }
            outcome.verdict = Verdict::failed;
            outcome.process = i;
            outcome.exit = std::max(1, last.status.shell_status());
            return outcome;
        }
    }
    if (outside_cut_) {
        outcome.verdict = Verdict::cut;
        outcome.signal = SIGPIPE;
        outcome.exit = kBrokenPipeStatus;
    }
    return outcome;
}

}  // namespace pipectl
