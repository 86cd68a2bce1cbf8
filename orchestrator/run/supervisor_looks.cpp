// Looks at the processes while they run: for the accounts of the run, for progress, for a status
// that was asked for.

#include <ctime>

#include "orchestrator/run/supervisor.hpp"

namespace pipectl {

namespace {

using Clock = std::chrono::steady_clock;

/// What a process's end may have set moving is worth a look before a long pause is over.
constexpr std::chrono::milliseconds kAfterAnEnd{20};

/// Programs that wait for each other's data or room, and for nothing else, need no time to end it.
constexpr std::chrono::seconds kStandstill{4};

/// Of this thread. On a busy machine a look takes long without costing more.
Clock::duration processor_time() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

void Supervisor::look() {
    const auto cost_before = processor_time();
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
    if (meter_.quiet_for(began) >= kStandstill) {
        end_standstill();
    }
    const auto cost = processor_time() - cost_before;
    look_after(schedule_.pause_after(since, cost, meter_.quiet()));
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

void Supervisor::end_standstill() {
    const std::vector<LinkWaits> waits = meter_.waits();
    const std::vector<int> circle = circle_of_waits(plan_, waits);
    if (!circle.empty()) {
        director_.give_up("the stages wait for each other, and nothing has moved for " +
                              std::to_string(kStandstill.count()) +
                              " s: " + describe_circle(plan_, waits, circle) +
                              "; more 'buffer' on these edges, or none said, lets them go on",
                          125);
    }
}

void Supervisor::record_accounts() {
    for (ProcessAccounted& account : meter_.processes()) {
        // 0 can also mean that the file was mapped, or read by position
        if (const auto read = inputs_.read_by(account.process); read && *read > 0) {
            account.account.bytes_in = read;
        }
        record(account);
    }
    for (EdgeAccounted& account : meter_.edges()) {
        record(account);
    }
}

}  // namespace pipectl
