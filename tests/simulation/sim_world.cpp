#include "tests/simulation/sim_world.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

namespace pipectl::simulation {

namespace {

using namespace std::chrono_literals;

constexpr int kRoom = 4;  ///< blocks that a channel holds
constexpr RunTime kLongest = 2h;
constexpr int kMostSteps = 50'000;  ///< a run takes some hundred

std::size_t at(int index) {
    return static_cast<std::size_t>(index);
}

}  // namespace

SimWorld::SimWorld(const Plan& plan, std::vector<Script> scripts, Random& random, Broken broken)
    : plan_(plan),
      random_(random),
      broken_(broken),
      programs_(plan.processes.size()),
      channels_(plan.links.size()) {
    for (std::size_t i = 0; i < programs_.size(); ++i) {
        Program& program = programs_[i];
        program.script = scripts[i];
        program.helper = plan.processes[i].role == Role::helper;
        program.copies = plan.processes[i].does<job::Copy>() != nullptr;
    }
    for (std::size_t i = 0; i < channels_.size(); ++i) {
        const Link& link = plan.links[i];
        programs_[at(link.writer)].outputs.push_back(static_cast<int>(i));
        programs_[at(link.reader)].inputs.push_back(static_cast<int>(i));
        channels_[i].file = link.kind->reader_gone == channel::ReaderGone::we_tell;
        channels_[i].socket = link.kind->name == "sim-socket";
        channels_[i].bridged = link.kind->ends == channel::Ends::bridged;
        channels_[i].hold = !channels_[i].bridged && plan.strict;
    }
}

// --- the outside of a run
// -------------------------------------------------------------------------

Occurrence SimWorld::start(int process) {
    Program& program = programs_[at(process)];
    program.phase = Phase::transfers;
    program.to_write = program.script.asks ? 1 : 0;
    program.next = soon();
    note("starts " + plan_.processes[at(process)].name);
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
        if (complaint_.empty() && (next > kLongest || ++steps_ > kMostSteps)) {
            complain("the run does not come to its end");
            for (Program& program : programs_) {  // so that this schedule ends
                program.script.ignores_term = false;
            }
            happened.emplace_back(occurrence::GaveUp{"simulation"});
            break;
        }
        now_ = std::max(now_, next);
        if (whose >= 0 && programs_[at(whose)].next <= now_) {
            step(whose);
        } else if (whose >= 0) {
            occurrence::Ended ended;
            for (std::size_t i = 0; i < programs_.size(); ++i) {
                Program& program = programs_[i];
                // others that have ended by now may be found in the same look
                if (program.phase == Phase::ended &&
                    (program.reported_at <= now_ || random_.one_in(2))) {
                    program.phase = Phase::reaped;
                    program.reported_at = kNever;
                    ended.batch.push_back({static_cast<int>(i), program.status,
                                           program.script.at_broken_pipe == AtBrokenPipe::dies
                                               ? OnBrokenPipe::dies
                                               : OnBrokenPipe::answers});
                }
            }
            happened.emplace_back(std::move(ended));
        } else if (signal_.first <= now_) {
            note("signal to pipectl");
            happened.emplace_back(occurrence::CancelSignal{signal_.second, {}, false});
            signal_.first = kNever;
        } else if (murder_.first <= now_) {
            murder_.first = kNever;
            if (programs_[at(murder_.second)].phase != Phase::ended &&
                programs_[at(murder_.second)].phase != Phase::reaped &&
                programs_[at(murder_.second)].phase != Phase::absent) {
                murdered_ = true;
                note("somebody kills " + plan_.processes[at(murder_.second)].name);
                end(murder_.second, {.signal = SIGKILL});
            }
        } else if (look_at_ <= now_) {
            look_at_ = now_ + 1s;
            happened.emplace_back(looked());
        } else {
            happened.emplace_back(occurrence::TimePassed{});
        }
    }
    return happened;
}

void SimWorld::carry_out(const Action& action) {
    if (const auto* sent = std::get_if<action::SendSignal>(&action)) {
        deliver(sent->process, sent->signal);
    } else if (const auto* release = std::get_if<action::ReleaseEnd>(&action)) {
        if (broken_ == Broken::no_judgement && random_.one_in(2)) return;
        Channel& channel = channels_[at(release->link)];
        const Phase phase = programs_[at(plan_.links[at(release->link)].writer)].phase;
        channel.released_by_closing =
            channel.released_by_closing || (phase != Phase::ended && phase != Phase::reaped);
        channel.hold = false;
        wake(plan_.links[at(release->link)].reader);
    } else if (const auto* fail = std::get_if<action::LetWriterFail>(&action)) {
        if (broken_ == Broken::no_broken_pipe) return;
        channels_[at(fail->link)].told = true;
        wake(plan_.links[at(fail->link)].writer);
    } else if (const auto* writers = std::get_if<action::SignalWriters>(&action)) {
        if (broken_ == Broken::no_broken_pipe) return;
        deliver(plan_.links[at(writers->link)].writer, writers->signal);
    } else if (const auto* told = std::get_if<action::TellHelper>(&action)) {
        channels_[at(told->link)].told = true;
        wake(told->process);
    } else if (const auto* tell = std::get_if<action::Tell>(&action)) {
        if (const auto* judged = std::get_if<ProcessJudged>(&tell->what)) {
            programs_[at(judged->process)].verdict = judged->verdict;
            note(std::string("verdict of ") + plan_.processes[at(judged->process)].name + ": " +
                 verdict_name(judged->verdict));
        } else if (std::holds_alternative<CancelBegan>(tell->what)) {
            cancelled_at_ = std::min(cancelled_at_, now_);
            note("the run is being cancelled");
        }
    }
}

void SimWorld::deliver(int process, int signal) {
    Program& program = programs_[at(process)];
    if (program.phase != Phase::transfers && program.phase != Phase::works) {
        return;
    }
    if (signal == SIGCONT) return;
    note("signal " + std::to_string(signal) + " to " + plan_.processes[at(process)].name);
    const bool ignored = signal == SIGPIPE   ? program.script.at_broken_pipe != AtBrokenPipe::dies
                         : signal == SIGKILL ? false
                                             : program.script.ignores_term;
    if (signal != SIGPIPE) {
        // A run that goes on has told only those whose readers had enough.
        (cancelled_at_ <= now_ ? program.told_to_end : program.told_of_cut) = true;
    }
    if (!ignored) {
        end(process, {.signal = signal});
    }
}

// --- programs
// -------------------------------------------------------------------------------------

void SimWorld::step(int process) {
    Program& program = programs_[at(process)];
    program.next = kNever;
    if (program.phase == Phase::works) {
        end(process, {.code = program.script.status});
        return;
    }
    if (program.to_write > 0) {
        write_block(process);
    } else if (program.inputs.empty()) {
        if (program.script.blocks == 0) {
            finish_transfers(process);
            return;
        }
        program.script.blocks -= program.script.blocks > 0 ? 1 : 0;
        program.to_write = 1;
        program.output = 0;
        program.next = soon() + program.script.pause;
    } else {
        read_block(process);
    }
}

void SimWorld::read_block(int process) {
    Program& program = programs_[at(process)];
    std::erase_if(program.inputs, [&](int link) { return !channels_[at(link)].reader; });
    if (program.inputs.empty()) {
        finish_transfers(process);
        return;
    }
    program.input %= program.inputs.size();
    const int link = program.inputs[program.input];
    Channel& channel = channels_[at(link)];
    if (channel.filled > 0) {
        --channel.filled;
        moved_at_ = now_;
        wake(plan_.links[at(link)].writer);
        ++program.reads;
        program.to_write = program.outputs.empty() ? 0 : 1;
        program.output = 0;
        program.input += program.script.round_robin ? 1 : 0;
        program.next = soon();
        if (program.reads == program.script.most_reads) {
            note(plan_.processes[at(process)].name + " has enough");
            for (const int input : program.inputs)
                close_reader(input);
            program.inputs.clear();
            finish_transfers(process);
        }
    } else if (channel.bridged ? channel.marked : !channel.writer && !channel.hold) {
        saw_end(process, link);
        close_reader(link);
        program.next = soon();
    } else if (channel.bridged && !channel.writer) {
        program.saw_end_of_all = false;
        end(process, {.code = 125});  // its writer has died
    } else {
        block(process, link, false);
    }
}

void SimWorld::write_block(int process) {
    Program& program = programs_[at(process)];
    while (program.output < program.outputs.size()) {
        const int link = program.outputs[program.output];
        Channel& channel = channels_[at(link)];
        if (!channel.writer) {
            ++program.output;
        } else if (reader_left(link)) {
            broken_pipe(process, link);
            return;
        } else if (channel.filled >= kRoom && !channel.file) {
            block(process, link, true);
            return;
        } else {
            ++channel.filled;
            ++channel.written;
            moved_at_ = now_;
            wake(plan_.links[at(link)].reader);
            ++program.output;
        }
    }
    program.to_write = 0;
    program.next = soon() + (program.inputs.empty() ? program.script.pause : RunTime(0));
}

/// What a write to a channel without a reader does.
void SimWorld::broken_pipe(int process, int link) {
    Program& program = programs_[at(process)];
    if (program.helper) {
        close_writer(link);
        const auto open = [this](int output) { return channels_[at(output)].writer; };
        if (std::ranges::none_of(program.outputs, open)) {
            end(process, {.signal = SIGPIPE});
        } else {
            program.next = soon();
        }
        return;
    }
    switch (program.script.at_broken_pipe) {
        case AtBrokenPipe::dies: end(process, {.signal = SIGPIPE}); break;
        case AtBrokenPipe::answers: end(process, {.code = 1}); break;
        case AtBrokenPipe::goes_on:
            ++program.output;
            program.script.blocks = std::min(program.script.blocks, 20);
            if (program.script.blocks < 0) program.script.blocks = 20;
            program.next = soon();
            break;
    }
}

void SimWorld::finish_transfers(int process) {
    Program& program = programs_[at(process)];
    if (program.script.closes_early) {
        note(plan_.processes[at(process)].name + " closes its outputs");
        for (const int link : program.outputs)
            close_writer(link);
    }
    if (program.helper && program.saw_end_of_all) {
        for (const int link : program.outputs)
            channels_[at(link)].marked = true;
        for (const int link : program.outputs)
            wake(plan_.links[at(link)].reader);
    }
    program.phase = Phase::works;
    program.next = soon() + program.script.works_on;
}

void SimWorld::end(int process, ExitStatus status) {
    Program& program = programs_[at(process)];
    note(plan_.processes[at(process)].name + " " + describe(status));
    program.phase = Phase::ended;
    program.next = kNever;
    program.status = status;
    program.reported_at = now_ + RunTime(random_.under(3'000'000));
    moved_at_ = now_;
    for (std::size_t i = 0; i < channels_.size(); ++i) {
        if (plan_.links[i].writer == process) close_writer(static_cast<int>(i));
        if (plan_.links[i].reader == process) close_reader(static_cast<int>(i));
    }
}

void SimWorld::close_reader(int link) {
    channels_[at(link)].reader = false;
    wake(plan_.links[at(link)].writer);
}

void SimWorld::close_writer(int link) {
    channels_[at(link)].writer = false;
    if (broken_ == Broken::early_end) channels_[at(link)].hold = false;
    wake(plan_.links[at(link)].reader);
}

void SimWorld::wake(int process) {
    Program& program = programs_[at(process)];
    if (program.phase == Phase::transfers && program.blocked_at >= 0) {
        program.blocked_at = -1;
        program.next = soon();
    }
}

void SimWorld::block(int process, int link, bool writing) {
    programs_[at(process)].blocked_at = link;
    programs_[at(process)].blocked_writing = writing;
    programs_[at(process)].next = kNever;
}

/// The writer is told so by the kernel: at once by a pipe and by a bridge, by a socket once it was
/// shut down, by a file never.
bool SimWorld::reader_left(int link) const {
    const Channel& channel = channels_[at(link)];
    if (channel.file) {
        return programs_[at(plan_.links[at(link)].writer)].helper && channel.told;
    }
    return !channel.reader && (!channel.socket || channel.told);
}

// --- facts
// ----------------------------------------------------------------------------------------

bool SimWorld::is_exiting(int process) const {
    return programs_[at(process)].phase == Phase::ended;
}

bool SimWorld::is_abandoned(int link) const {
    const Channel& channel = channels_[at(link)];
    return channel.bridged || !channel.reader;
}

bool SimWorld::is_closed(int link) const {
    const Phase phase = programs_[at(plan_.links[at(link)].writer)].phase;
    return (phase == Phase::transfers || phase == Phase::works) && !channels_[at(link)].writer;
}

bool SimWorld::writer_goes_on(int link) {
    Channel& channel = channels_[at(link)];
    const std::int64_t before = std::exchange(channel.mark, channel.written);
    return before >= 0 && channel.written > before;
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
    return std::ranges::any_of(plan_.processes[at(process)].descriptors, [&](const auto& one) {
        return one.what == Descriptor::What::link_writer && one.index == link && one.number == 2;
    });
}

/// "No stage is shown an end of data that is not true."
void SimWorld::saw_end(int process, int link) {
    const int writer = plan_.links[at(link)].writer;
    const Program& producer = programs_[at(writer)];
    const Process& what = plan_.processes[at(writer)];
    note(plan_.processes[at(process)].name + " sees the end of " + what.name);
    if (!plan_.strict || channels_[at(link)].bridged) {
        return;
    }
    if (channels_[at(link)].released_by_closing) {
        if (!what.end_closed) complain("an end was shown although its producer works on");
        return;
    }
    const bool ended = producer.phase == Phase::ended || producer.phase == Phase::reaped;
    const bool well = ended && producer.status.signal == 0 && producer.status.code == 0;
    // What a stage that was cut has said on its stderr is all that it will say.
    const bool said = producer.verdict == Verdict::cut && is_stderr(writer, link);
    if (!well && !said) {
        complain("'" + plan_.processes[at(process)].name + "' was shown an end although '" +
                 what.name + "' " + (ended ? describe(producer.status) : "has not ended"));
    } else if (producer.told_to_end) {
        complain("'" + plan_.processes[at(process)].name +
                 "' was shown an end of a producer that was cancelled");
    }
}

void SimWorld::check_end(int exit, int signal) {
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
                const Program& reader = programs_[at(plan_.links[at(link)].reader)];
                if (reader.verdict != Verdict::ok && reader.verdict != Verdict::cut) {
                    complain(name + " is said to be cut by a reader that did not end well");
                }
            }
        }
        all_well = all_well && (program.verdict == Verdict::ok || program.verdict == Verdict::cut);
    }
    if (plan_.strict && signal == 0 && all_well != (exit == 0)) {
        complain("the verdicts and the exit status " + std::to_string(exit) + " differ");
    }
    if (plan_.strict && murdered_ && exit == 0 && signal == 0) {
        for (const Program& program : programs_) {
            if (program.status.signal == SIGKILL && program.verdict == Verdict::ok) {
                complain("a process that was killed is said to be ok");
            }
        }
    }
    if (cancelled_at_ != kNever && now_ > cancelled_at_ + plan_.grace + 1s) {
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
