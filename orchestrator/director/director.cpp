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

/// Runs that are over by then do not pay for a guard and a control socket.
constexpr RunTime kLasting = 50ms;
/// Programs that wait for each other's data or room, and for nothing else, need no time to end it.
constexpr RunTime kStandstill = 4s;

/// An idle process is noticed an eighth of its limit late at most.
RunTime pause_of_idle(RunTime limit) {
    return std::clamp<RunTime>(limit / 8, 10ms, 5s);
}

}  // namespace

Director::Director(const Plan& plan, Facts& facts, RunTime begins, int here)
    : plan_(plan),
      facts_(facts),
      roster_(plan, here),
      departures_(roster_, facts, agenda_),
      ending_(roster_, facts, agenda_),
      notices_(roster_),
      verdicts_(roster_, departures_),
      order_(roster_),
      restarts_(roster_, facts, agenda_, departures_) {
    if (plan.timeout && here == 0) {
        agenda_.add(begins + *plan.timeout, due::RunTimeout{});
    }
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
    roster_.of(what.process).runs = true;
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
        settle();
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
            judge(end.process, !entry.runs ? Verdict::not_started
                               : late      ? Verdict::timeout
                                           : Verdict::cancelled);
        } else if (verdicts_.is_ok(end.process, end.status)) {
            judge(end.process, Verdict::ok);
        } else if (verdicts_.tells_of_cut(end) && verdicts_.had_enough(end.process)) {
            pending_.push_back(end.process);
        } else {
            failures.push_back(end.process);
        }
    }
    for (const int process : verdicts_.cause_first(std::move(failures))) {
        fail(process);
    }
    for (const occurrence::End& end : batch) {
        for (const int link : roster_.of(end.process).reads) {
            departures_.reader_left(link, now_, actions_);
        }
    }
    for (const occurrence::End& end : batch) {
        order_.ended(end.process);
    }
    settle();
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

void Director::take(const due::Restart& what) {
    if (roster_.of(what.process).state == State::resting && !cancelling_) {
        call(what.process);
    }
}

void Director::take(const due::Lasting& /*what*/) {
    actions_.push_back(action::RunLasts{});
}

void Director::take(const due::LookForEnd& /*what*/) {
    settle();
}

// --- the rules
// ------------------------------------------------------------------------------------

/// A process that has ended is put to rest; else its end is like any other's from now on.
bool Director::rests(const occurrence::End& end) {
    if (roster_.of(end.process).state != State::resting) {
        return false;
    }
    const bool well = verdicts_.is_ok(end.process, end.status);
    const bool cut = !well && verdicts_.tells_of_cut(end) && verdicts_.had_enough(end.process);
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
        order_.ended(process);
        agenda_.add(now_, due::LookForEnd{});  // others of the same occurrence come first
    }
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
    order_.judged(process);
}

// --- order without data

bool Director::starts_to_come() const {
    if (!over_ && !cancelling_ && restarts_.may_come()) {
        return true;
    }
    return order_.any() && !over_ && (!cancelling_ || outcome_.process >= 0) &&
           order_.has_waiting();
}

void Director::call(int process) {
    roster_.of(process).called = true;
    ++starting_;
    actions_.push_back(action::Start{process});
}

/// Starts those that wait for nobody any more, or says that they never will.
void Director::start_free() {
    for (const int process : order_.take_free()) {
        const Entry& entry = roster_.of(process);
        // While all is being ended, order is looked after when all have ended:
        // start_after_failure().
        if (cancelling_ || !order_.may_start(process)) {
            continue;
        }
        if (!entry.hopeless) {
            call(process);
        } else if (!plan_.strict) {  // a strict run is about to be cancelled by the same failure
            actions_.push_back(action::GiveUpStart{process});
            judge(process, Verdict::not_started);
            for (const int link : entry.reads) {
                departures_.reader_left(link, now_, actions_);
            }
        }
    }
}

/// A failed run has ended but for those that come however others ended. True when one is started.
bool Director::start_after_failure() {
    const bool failed = outcome_.process >= 0 && outcome_.verdict == Verdict::failed;
    if (!order_.any() || !cancelling_ || !failed) {
        return false;
    }
    bool any = false;
    for (auto free = order_.free(); !free.empty(); free = order_.free()) {
        for (const int process : free) {
            if (order_.comes_late(process)) {
                roster_.of(process).starts_late = any = true;
                call(process);
            } else {
                judge(process, Verdict::not_started);
            }
        }
    }
    after_failure_ = after_failure_ || any;
    return any;
}

void Director::judge_pending() {
    // Judging one can settle others, so go round until nothing moves. A run that is being ended
    // waits for no other host's word.
    const auto settled = [this](int process) {
        return verdicts_.readers_judged(process, cancelling_);
    };
    for (;;) {
        auto next = std::ranges::find_if(pending_, settled);
        const bool circle = next == pending_.end();
        if (circle) next = std::ranges::find(pending_, verdicts_.first_of_circle(pending_));
        if (next == pending_.end()) return;
        const int process = *next;
        pending_.erase(next);
        if (!circle && verdicts_.readers_ended_well(process)) {
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
    CancelBegan why = cancel_of_failure(process);
    outcome_.message = why.message;
    begin_cancel(std::move(why), 0, {});
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

/// What an end or a verdict brings about, until nothing moves any more.
void Director::settle() {
    do {
        start_free();
        judge_pending();
    } while (order_.has_free());
    look_for_end();
}

/// The run goes on elsewhere, and what is said there decides how it ends, or what is started here.
bool Director::waits_for_others() const {
    for (std::size_t i = 0; i < roster_.entries.size(); ++i) {
        const int process = static_cast<int>(i);
        if (roster_.here == 0 ? roster_.is_undecided_far(process)
                              : !cancelling_ && !roster_.is_far(process) &&
                                    roster_.entries[i].state == State::waiting) {
            return !plan_.hosts.empty();
        }
    }
    return false;
}

/// The run is over when all of it has ended, also what stages have left behind.
void Director::look_for_end() {
    if (!all_started_ || running_ + starting_ + resting_ > 0 || !pending_.empty() || over_ ||
        waits_for_others()) {
        return;
    }
    if (start_after_failure()) {
        ending_.calm();
        return;
    }
    over_ = ending_.is_over(now_, actions_);
    for (std::size_t i = 0; over_ && i < roster_.entries.size(); ++i) {
        if (roster_.entries[i].state == State::waiting && !roster_.is_far(static_cast<int>(i))) {
            judge(static_cast<int>(i), Verdict::not_started);
        }
    }
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
            const Entry& last = roster_.of(order_.cause_of(i));
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
