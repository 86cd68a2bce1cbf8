// Looks at the processes while they run: for the accounts of the run, for progress, for a status
// that was asked for.

#include "orchestrator/run/supervisor.hpp"

namespace pipectl {

namespace {

using Clock = std::chrono::steady_clock;

/// What a process's end may have set moving is worth a look before a long pause is over.
constexpr std::chrono::milliseconds kAfterAnEnd{20};

}  // namespace

void Supervisor::look() {
    const auto began = Clock::now();
    meter_.look(began);
    Sampled seen = meter_.seen();
    const InputProgress::Position input = inputs_.position();
    seen.input_read = input.read;
    seen.input_size = input.size;
    const auto since = began - began_;
    const double time_s = std::chrono::duration<double>(since).count();
    if (schedule_.keeps(since)) {
        record(seen);
    }
    if (context_.observer.on_look) {
        context_.observer.on_look(time_s, seen);
    }
    if (director_.all_ended()) {
        return;
    }
    const auto now = Clock::now();
    look_after(schedule_.pause_after(since, now - began, meter_.quiet()));
}

void Supervisor::look_after(Clock::duration pause) {
    const int round = ++look_round_;
    next_look_ = Clock::now() + pause;
    deadlines_.add(*next_look_, [this, round] {
        if (round == look_round_ && !ended_) {
            look();
        }
    });
    arm();
}

void Supervisor::look_soon() {
    schedule_.stir();
    if (next_look_ && *next_look_ > Clock::now() + kAfterAnEnd) {
        look_after(kAfterAnEnd);
    }
}

void Supervisor::record_accounts() {
    for (ProcessAccounted& account : meter_.processes()) {
        record(std::move(account));
    }
    for (EdgeAccounted& account : meter_.edges()) {
        record(account);
    }
}

}  // namespace pipectl
