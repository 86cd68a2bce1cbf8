#include "orchestrator/director/director.hpp"

#include <algorithm>
#include <cassert>
#include <csignal>

#include "stages/base/own_status.hpp"

namespace pipectl {

namespace {

using namespace std::chrono_literals;

constexpr int kBrokenPipeStatus = 128 + SIGPIPE;
constexpr int kAllTimedOut = -2;

/// Runs that are over by then do not pay for a guard and a control socket.
constexpr RunTime kLasting = 50ms;
/// Programs that wait for each other's data or room, and for nothing else, need no time to end it.
constexpr RunTime kStandstill = 4s;

}  // namespace

Director::Director(const Plan& plan, Facts& facts)
    : plan_(plan),
      facts_(facts),
      roster_(plan),
      departures_(roster_, facts, agenda_),
      ending_(roster_, facts, agenda_),
      notices_(roster_),
      verdicts_(roster_, departures_),
      order_(roster_) {
    if (plan.timeout) {
        agenda_.add(*plan.timeout, due::RunTimeout{});
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
    assert(entry.state == State::waiting);
    entry.state = State::running;
    ++running_;
    starting_ -= entry.called ? 1 : 0;
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
    if (const auto& timeout = roster_.process(what.process).timeout) {
        agenda_.add(now_ + *timeout, due::StageTimeout{what.process});
    }
    departures_.started(what.process, now_);
    notices_.started(what.process, actions_);
}

void Director::take(const occurrence::StartFailed& what) {
    actions_.push_back(action::Tell{StartFailed{what.process, what.reason, what.status}});
    const bool waiting = roster_.of(what.process).state == State::waiting;
    starting_ -= waiting && roster_.of(what.process).called ? 1 : 0;
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
        entry.state = State::pending;
        --running_;
    }
    for (const occurrence::End& end : what.batch) {
        notices_.happened(end.process, false, actions_);
    }
    // Everything that ended before a cancelling signal was sent is judged by what it did itself;
    // the failures of the batch are looked at last.
    std::vector<int> failures;
    for (const occurrence::End& end : what.batch) {
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
    for (const occurrence::End& end : what.batch) {
        for (const int link : roster_.of(end.process).reads) {
            departures_.reader_left(link, now_, actions_);
        }
    }
    for (const occurrence::End& end : what.batch) {
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
    if (cancelling_ && after_failure_ && roster_.is_running(what.process)) {
        cancel_late(0, {});
        return;
    }
    if (cancelling_ || !roster_.is_running(what.process)) {
        return;
    }
    timed_out_ = what.process;
    outcome_.process = what.process;
    outcome_.verdict = Verdict::timeout;
    outcome_.exit = kTimeoutStatus;
    begin_cancel(CancelBegan{CancelBegan::Why::stage_timeout, what.process, 0, {}}, 0, {});
}

void Director::take(const due::Lasting& /*what*/) {
    actions_.push_back(action::RunLasts{});
}

void Director::take(const due::LookForEnd& /*what*/) {
    look_for_end();
}

// --- the rules
// ------------------------------------------------------------------------------------

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
    // Judging one can settle others, so go round until nothing moves.
    const auto settled = [this](int process) { return verdicts_.readers_judged(process); };
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
    begin_cancel(CancelBegan{CancelBegan::Why::failure, process, 0, {}}, 0, {});
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
}

/// What an end or a verdict brings about, until nothing moves any more.
void Director::settle() {
    do {
        start_free();
        judge_pending();
    } while (order_.has_free());
    look_for_end();
}

/// The run is over when all of it has ended, also what stages have left behind.
void Director::look_for_end() {
    if (!all_started_ || running_ + starting_ > 0 || !pending_.empty() || over_) {
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

Director::Outcome Director::outcome() const {
    assert(over_);
    Outcome outcome = outcome_;
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
