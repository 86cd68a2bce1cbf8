// The run around the programs: its time, what comes from outside, what it asks and orders, and the
// promises that are held against what happened. What programs and channels do is in
// sim_programs.cpp.

#include "tests/simulation/sim_world.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

namespace pipectl::simulation {

namespace {

using namespace std::chrono_literals;

constexpr RunTime kLongest = 2h;
constexpr int kMostSteps = 50'000;  ///< a run takes some hundred

}  // namespace

SimWorld::SimWorld(const Plan& plan, std::vector<Script> scripts, Random& random, Broken broken)
    : plan_(plan),
      random_(random),
      broken_(broken),
      programs_(plan.processes.size()),
      channels_(plan.links.size()) {
    for (std::size_t i = 0; i < programs_.size(); ++i) {
        Program& program = programs_[i];
        program.script = program.whole = scripts[i];
        program.helper = plan.processes[i].role == Role::helper;
        program.copies = plan.processes[i].does<job::Copy>() != nullptr;
    }
    for (std::size_t i = 0; i < channels_.size(); ++i) {
        const Link& link = plan.links[i];
        programs_[link.writer].outputs.push_back(static_cast<int>(i));
        programs_[link.reader].inputs.push_back(static_cast<int>(i));
        channels_[i].file = link.kind->reader_gone == channel::ReaderGone::we_tell;
        channels_[i].roomy = link.kind->name == "sim-roomy";
        channels_[i].socket = link.kind->name == "sim-socket";
        channels_[i].bridged = link.kind->ends == channel::Ends::bridged;
        channels_[i].kept_writer = plan.processes[link.writer].restart.has_value();
        channels_[i].kept_reader = plan.processes[link.reader].restart.has_value();
        channels_[i].hold = !channels_[i].bridged && plan.strict;
    }
}

// --- the outside of a run
// -------------------------------------------------------------------------

Occurrence SimWorld::start(int process) {
    Program& program = programs_[process];
    if (program.phase != Phase::absent && !program.rests) complain("a process was started twice");
    if (program.rests) {
        if (now_ < program.rests_until) complain("a process was started again before its time");
        if (cancelled_at_ != kNever) complain("a process was started again in a run that ends");
        program.script = program.whole;
        program.inputs.clear();
        for (std::size_t i = 0; i < channels_.size(); ++i) {
            const Link& link = plan_.links[i];
            if (link.reader == process) program.inputs.push_back(static_cast<int>(i));
            channels_[i].reader = channels_[i].reader || link.reader == process;
            channels_[i].writer = channels_[i].writer || link.writer == process;
        }
        program.rests = program.told_of_cut = false;
        program.reads = 0;
        program.blocked_at = -1;
    }
    if (now_ < begins_) complain("a process was started before its attempt begins");
    ++program.starts;
    if (program.starts <= program.script.fails_first) program.script.status = 3;
    for (const Predecessor& before : plan_.processes[process].after) {
        const Program& earlier = programs_[before.process];
        const bool ended = earlier.phase == Phase::ended || earlier.phase == Phase::reaped;
        const bool well = earlier.verdict == Verdict::ok || earlier.verdict == Verdict::cut;
        if (!(before.ended ? ended || earlier.phase == Phase::absent : ended && well)) {
            complain("'" + plan_.processes[process].name + "' was started before '" +
                     plan_.processes[before.process].name + "' had ended as it has to");
        }
    }
    started_late_ = started_late_ || cancelled_at_ != kNever;
    program.phase = Phase::transfers;
    program.moved_at = now_;
    program.to_write = program.script.asks ? 1 : 0;
    program.next = soon();
    note("starts " + plan_.processes[process].name);
    return occurrence::Started{process};
}

std::vector<Occurrence> SimWorld::wait(std::optional<RunTime> until) {
    std::vector<Occurrence> happened;
    const RunTime limit = until.value_or(kNever);
    while (happened.empty()) {
        RunTime next = std::min({limit, signal_.first, murder_.first, look_at_});
        int whose = -1;
        for (std::size_t i = 0; i < programs_.size(); ++i) {
            const RunTime when = std::min(programs_[i].next, programs_[i].reported_at);
            if (when < next) {
                next = when;
                whose = static_cast<int>(i);
            }
        }
        if (++steps_ > 2 * kMostSteps) throw NoEnd();
        if (complaint_.empty() && (next > kLongest || steps_ > kMostSteps)) {
            complain("the run does not come to its end");
            for (Program& program : programs_) {  // so that this schedule ends
                program.script.ignores_term = false;
            }
            happened.emplace_back(occurrence::GaveUp{"simulation"});
            break;
        }
        now_ = std::max(now_, next);
        if (whose >= 0 && programs_[whose].next <= now_) {
            step(whose);
        } else if (whose >= 0) {
            happened.emplace_back(reap());
        } else if (signal_.first <= now_) {
            note("signal to pipectl");
            happened.emplace_back(occurrence::CancelSignal{signal_.second, {}, false});
            signal_.first = kNever;
        } else if (murder_.first <= now_) {
            murder_.first = kNever;
            murder(murder_.second);
        } else if (look_at_ <= now_) {
            look_at_ = now_ + 1s;
            happened.emplace_back(looked());
        } else {
            happened.emplace_back(occurrence::TimePassed{});
        }
    }
    return happened;
}

occurrence::Ended SimWorld::reap() {
    occurrence::Ended ended;
    for (std::size_t i = 0; i < programs_.size(); ++i) {
        Program& program = programs_[i];
        // others that have ended by now may be found in the same look
        if (program.phase == Phase::ended && (program.reported_at <= now_ || random_.one_in(2))) {
            program.phase = Phase::reaped;
            program.reported_at = kNever;
            ended.batch.push_back({static_cast<int>(i), program.status,
                                   program.script.at_broken_pipe == AtBrokenPipe::dies
                                       ? OnBrokenPipe::dies
                                       : OnBrokenPipe::answers});
        }
    }
    return ended;
}

void SimWorld::murder(int process) {
    const Phase phase = programs_[process].phase;
    if (phase == Phase::transfers || phase == Phase::works) {
        murdered_ = true;
        note("somebody kills " + plan_.processes[process].name);
        end(process, {.signal = SIGKILL});
    }
}

void SimWorld::lose(const std::vector<int>& processes) {
    for (const int process : processes) {
        murder(process);
    }
}

void SimWorld::carry_out(const Action& action) {
    if (const auto* dropped = std::get_if<action::GiveUpStart>(&action)) {
        let_go(dropped->process);
    } else if (const auto* ended = std::get_if<action::EndForGood>(&action)) {
        programs_[ended->process].rests = false;
        let_go(ended->process);
    } else if (const auto* sent = std::get_if<action::SendSignal>(&action)) {
        deliver(sent->process, sent->signal);
    } else if (const auto* release = std::get_if<action::ReleaseEnd>(&action)) {
        if (broken_ == Broken::no_judgement && random_.one_in(2)) return;
        Channel& channel = channels_[release->link];
        const Phase phase = programs_[plan_.links[release->link].writer].phase;
        channel.released_by_closing =
            channel.released_by_closing || (phase != Phase::ended && phase != Phase::reaped);
        channel.hold = false;
        wake(plan_.links[release->link].reader);
    } else if (const auto* fail = std::get_if<action::LetWriterFail>(&action)) {
        if (broken_ == Broken::no_broken_pipe) return;
        channels_[fail->link].told = true;
        wake(plan_.links[fail->link].writer);
    } else if (const auto* writers = std::get_if<action::SignalWriters>(&action)) {
        if (broken_ == Broken::no_broken_pipe) return;
        deliver(plan_.links[writers->link].writer, writers->signal);
    } else if (const auto* told = std::get_if<action::TellHelper>(&action)) {
        channels_[told->link].told = true;
        wake(told->process);
    } else if (const auto* tell = std::get_if<action::Tell>(&action)) {
        if (const auto* judged = std::get_if<ProcessJudged>(&tell->what)) {
            programs_[judged->process].verdict = judged->verdict;
            note(std::string("verdict of ") + plan_.processes[judged->process].name + ": " +
                 verdict_name(judged->verdict));
        } else if (const auto* planned = std::get_if<RestartPlanned>(&tell->what)) {
            check_restart(*planned);
        } else if (std::holds_alternative<CancelBegan>(tell->what)) {
            cancelled_at_ = std::min(cancelled_at_, now_);
            const auto& began = std::get<CancelBegan>(tell->what);
            if (began.why == CancelBegan::Why::idle_timeout) check_idle(began.process);
            note("the run is being cancelled");
        }
    }
}

// --- facts
// ----------------------------------------------------------------------------------------

bool SimWorld::is_exiting(int process) const {
    return programs_[process].phase == Phase::ended;
}

bool SimWorld::is_abandoned(int link) const {
    const Channel& channel = channels_[link];
    return channel.bridged || !channel.reader;
}

bool SimWorld::is_closed(int link) const {
    const Phase phase = programs_[plan_.links[link].writer].phase;
    return (phase == Phase::transfers || phase == Phase::works) && !channels_[link].writer;
}

bool SimWorld::writer_goes_on(int link) {
    Channel& channel = channels_[link];
    const std::int64_t before = std::exchange(channel.mark, channel.written);
    return before >= 0 && channel.written > before;
}

bool SimWorld::has_moved(int process) {
    Program& program = programs_[process];
    const auto before = std::exchange(program.mark, program.moved_at);
    return before && *before != program.moved_at;
}

bool SimWorld::input_over(int process) const {
    bool any = false;
    for (std::size_t i = 0; i < channels_.size(); ++i) {
        if (plan_.links[i].reader != process) continue;
        const Channel& channel = channels_[i];
        const bool over = channel.bridged ? channel.marked : ended(channel);
        if (channel.filled > 0 || !over) return false;
        any = true;
    }
    return any;
}

std::vector<LinkWaits> SimWorld::waits() const {
    std::vector<LinkWaits> waits(programs_.size());
    for (std::size_t i = 0; i < programs_.size(); ++i) {
        const Program& program = programs_[i];
        if (program.phase == Phase::transfers && program.blocked_at >= 0 &&
            program.next == kNever) {
            waits[i] = {true, {program.blocked_at}};
        }
    }
    return waits;
}

occurrence::Looked SimWorld::looked() const {
    return {now_ - moved_at_, {}};
}

// --- promises
// -------------------------------------------------------------------------------------

bool SimWorld::is_stderr(int process, int link) const {
    return std::ranges::any_of(plan_.processes[process].descriptors, [&](const auto& one) {
        return one.what == Descriptor::What::link_writer && one.index == link && one.number == 2;
    });
}

/// "No stage is shown an end of data that is not true."
void SimWorld::saw_end(int process, int link) {
    const int writer = plan_.links[link].writer;
    const Program& producer = programs_[writer];
    const Process& what = plan_.processes[writer];
    note(plan_.processes[process].name + " sees the end of " + what.name);
    if (!plan_.strict || channels_[link].bridged) {
        return;
    }
    if (channels_[link].released_by_closing) {
        if (!what.end_closed) complain("an end was shown although its producer works on");
        return;
    }
    const bool ended =
        (producer.phase == Phase::ended || producer.phase == Phase::reaped) && !producer.rests;
    const bool well = ended && producer.status.signal == 0 && producer.status.code == 0;
    // What a stage that was cut has said on its stderr is all that it will say.
    const bool said = producer.verdict == Verdict::cut && is_stderr(writer, link);
    if (!well && !said) {
        complain("'" + plan_.processes[process].name + "' was shown an end although '" + what.name +
                 "' " + (ended ? describe(producer.status) : "has not ended"));
    } else if (producer.told_to_end) {
        complain("'" + plan_.processes[process].name +
                 "' was shown an end of a producer that was cancelled");
    }
}

/// "No byte in or out for that long", and not much longer.
void SimWorld::check_idle(int process) {
    const RunTime limit = *plan_.processes[process].idle_timeout;
    const RunTime idle = now_ - programs_[process].moved_at;
    if (idle < limit) complain("a stage was called idle too early");
    if (idle > limit + limit / 8 + 20ms) complain("an idle stage was noticed late");
}

void SimWorld::check_restart(const RestartPlanned& planned) {
    Program& program = programs_[planned.process];
    const RestartPolicy& policy = *plan_.processes[planned.process].restart;
    const bool well = program.status.signal == 0 && program.status.code == 0;
    if (program.phase != Phase::reaped) complain("a restart of a process that has not ended");
    if (well && !policy.always) complain("a restart after a good end");
    if (policy.max && planned.restarts > *policy.max) complain("more restarts than 'max'");
    if (planned.restarts != program.starts) complain("restarts are not counted");
    if (cancelled_at_ != kNever) complain("a restart was planned in a run that ends");
    program.rests = true;
    program.rests_until = now_ + policy.delay;
    note(plan_.processes[planned.process].name + " is to be started again");
}

/// What was kept for the next start goes too.
void SimWorld::let_go(int process) {
    for (std::size_t i = 0; i < channels_.size(); ++i) {
        const Link& link = plan_.links[i];
        channels_[i].kept_writer = channels_[i].kept_writer && link.writer != process;
        channels_[i].kept_reader = channels_[i].kept_reader && link.reader != process;
    }
    close_all(process);
}

void SimWorld::close_all(int process) {
    for (std::size_t i = 0; i < channels_.size(); ++i) {
        if (plan_.links[i].writer == process) close_writer(static_cast<int>(i));
        if (plan_.links[i].reader == process) close_reader(static_cast<int>(i));
    }
}

void SimWorld::check_end(int exit, int signal, bool host_lost) {
    bool all_well = true;
    for (std::size_t i = 0; i < programs_.size(); ++i) {
        const Program& program = programs_[i];
        const std::string name = "'" + plan_.processes[i].name + "'";
        if (program.phase != Phase::reaped && program.phase != Phase::absent) {
            complain(name + " was still there at the end");
        }
        const bool ok = program.status.signal == 0 && program.status.code == 0;
        if (program.verdict == Verdict::ok && !ok) {
            complain(name + " is said to be ok and " + describe(program.status));
        }
        if (program.verdict == Verdict::cut && plan_.strict) {
            for (const int link : program.outputs) {
                if (is_stderr(static_cast<int>(i), link)) continue;
                const Program& reader = programs_[plan_.links[link].reader];
                if (reader.verdict != Verdict::ok && reader.verdict != Verdict::cut) {
                    complain(name + " is said to be cut by a reader that did not end well");
                }
            }
        }
        all_well = all_well && (program.verdict == Verdict::ok || program.verdict == Verdict::cut);
    }
    const bool as_they_did = all_well == (exit == 0) || (host_lost && exit != 0);
    if (plan_.strict && signal == 0 && !as_they_did) {
        complain("the verdicts and the exit status " + std::to_string(exit) + " differ");
    }
    if (plan_.strict && murdered_ && exit == 0 && signal == 0) {
        for (const Program& program : programs_) {
            if (program.status.signal == SIGKILL && program.verdict == Verdict::ok) {
                complain("a process that was killed is said to be ok");
            }
        }
    }
    if (cancelled_at_ != kNever && !started_late_ && now_ > cancelled_at_ + plan_.grace + 1s) {
        complain("the run went on for longer than its grace after it was cancelled");
    }
}

void SimWorld::complain(const std::string& what) {
    if (complaint_.empty()) {
        complaint_ = what;
        note("COMPLAINT: " + what);
    }
}

void SimWorld::note(const std::string& what) {
    if (traced_) {
        trace_.push_back(std::to_string(std::chrono::duration<double>(now_).count()) + "  " + what);
    }
}

}  // namespace pipectl::simulation
