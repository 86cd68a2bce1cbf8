// What programs and channels do by themselves: a program's steps, and what a signal, a full channel
// and an end that is closed mean to it. Time, orders and promises are in sim_world.cpp.

#include <algorithm>
#include <csignal>

#include "tests/simulation/sim_graphs.hpp"
#include "tests/simulation/sim_world.hpp"

namespace pipectl::simulation {

namespace {

constexpr int kRoom = 4;  ///< blocks that a channel holds

}  // namespace

Script random_script(const Process& process, bool reads, Random& random) {
    Script script;
    if (process.role == Role::helper) {
        return script;
    }
    script.blocks = reads ? 0 : random.one_in(8) ? -1 : random.under(40);
    script.pause = script.blocks < 0   ? RunTime((20 + random.under(200)) * 1'000'000LL)
                   : random.one_in(10) ? RunTime(random.under(3'000) * 1'000'000LL)
                                       : RunTime(0);
    if (reads && random.one_in(3)) script.most_reads = 1 + random.under(10);
    if (random.one_in(4)) script.works_on = RunTime(random.under(20'000) * 1'000'000LL);
    script.closes_early = random.one_in(4);
    script.status = random.one_in(8) ? 1 + random.under(5) : 0;
    const int at_pipe = random.under(4);
    script.at_broken_pipe = at_pipe < 2    ? AtBrokenPipe::dies
                            : at_pipe == 2 ? AtBrokenPipe::answers
                                           : AtBrokenPipe::goes_on;
    script.ignores_term = random.one_in(6);
    script.round_robin = random.one_in(2);
    if (process.name == kAsks) {
        script.asks = true;
        script.most_reads = 1 + random.under(40);  // so many answers
    }
    return script;
}

void SimWorld::deliver(int process, int signal) {
    Program& program = programs_[process];
    if (program.phase != Phase::transfers && program.phase != Phase::works) {
        return;
    }
    if (signal == SIGCONT) return;
    note("signal " + std::to_string(signal) + " to " + plan_.processes[process].name);
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

void SimWorld::step(int process) {
    Program& program = programs_[process];
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
    Program& program = programs_[process];
    std::erase_if(program.inputs, [&](int link) { return !channels_[link].reader; });
    if (program.inputs.empty()) {
        finish_transfers(process);
        return;
    }
    program.input %= program.inputs.size();
    const int link = program.inputs[program.input];
    Channel& channel = channels_[link];
    if (channel.filled > 0) {
        --channel.filled;
        moved_at_ = program.moved_at = now_;
        wake(plan_.links[link].writer);
        ++program.reads;
        program.to_write = program.outputs.empty() ? 0 : 1;
        program.output = 0;
        program.input += program.script.round_robin ? 1 : 0;
        program.next = soon();
        if (program.reads == program.script.most_reads) {
            note(plan_.processes[process].name + " has enough");
            for (const int input : program.inputs)
                close_reader(input);
            program.inputs.clear();
            finish_transfers(process);
        }
    } else if (channel.bridged ? channel.marked : ended(channel)) {
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
    Program& program = programs_[process];
    while (program.output < program.outputs.size()) {
        const int link = program.outputs[program.output];
        Channel& channel = channels_[link];
        if (!channel.writer) {
            ++program.output;
        } else if (reader_left(link)) {
            broken_pipe(process, link);
            return;
        } else if (channel.filled >= kRoom && !channel.file && !channel.roomy) {
            block(process, link, true);
            return;
        } else {
            ++channel.filled;
            ++channel.written;
            moved_at_ = program.moved_at = now_;
            wake(plan_.links[link].reader);
            ++program.output;
        }
    }
    program.to_write = 0;
    program.next = soon() + (program.inputs.empty() ? program.script.pause : RunTime(0));
}

/// What a write to a channel without a reader does.
void SimWorld::broken_pipe(int process, int link) {
    Program& program = programs_[process];
    if (program.helper) {
        close_writer(link);
        const auto open = [this](int output) { return channels_[output].writer; };
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
    Program& program = programs_[process];
    if (program.script.closes_early) {
        note(plan_.processes[process].name + " closes its outputs");
        for (const int link : program.outputs)
            close_writer(link);
    }
    if (program.helper && program.saw_end_of_all) {
        for (const int link : program.outputs)
            channels_[link].marked = true;
        for (const int link : program.outputs)
            wake(plan_.links[link].reader);
    }
    program.phase = Phase::works;
    program.next = soon() + program.script.works_on;
}

void SimWorld::end(int process, ExitStatus status) {
    Program& program = programs_[process];
    note(plan_.processes[process].name + " " + describe(status));
    program.phase = Phase::ended;
    program.next = kNever;
    program.status = status;
    program.reported_at = now_ + RunTime(random_.under(3'000'000));
    moved_at_ = now_;
    close_all(process);
}

void SimWorld::close_reader(int link) {
    channels_[link].reader = false;
    wake(plan_.links[link].writer);
}

void SimWorld::close_writer(int link) {
    channels_[link].writer = false;
    if (broken_ == Broken::early_end) channels_[link].hold = false;
    wake(plan_.links[link].reader);
}

void SimWorld::wake(int process) {
    Program& program = programs_[process];
    if (program.phase == Phase::transfers && program.blocked_at >= 0) {
        program.blocked_at = -1;
        program.next = soon();
    }
}

void SimWorld::block(int process, int link, bool writing) {
    programs_[process].blocked_at = link;
    programs_[process].blocked_writing = writing;
    programs_[process].next = kNever;
}

/// The writer is told so by the kernel: at once by a pipe and by a bridge, by a socket once it was
/// shut down, by a file never.
bool SimWorld::reader_left(int link) const {
    const Channel& channel = channels_[link];
    if (channel.file) {
        return programs_[plan_.links[link].writer].helper && channel.told;
    }
    return !channel.reader && !channel.kept_reader && (!channel.socket || channel.told);
}

}  // namespace pipectl::simulation
