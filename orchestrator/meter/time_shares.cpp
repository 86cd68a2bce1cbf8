#include "orchestrator/meter/time_shares.hpp"

#include <algorithm>

namespace pipectl {

namespace {

/// What happens in a shorter gap is told by the looks at its ends: processor time is counted in
/// steps of 10 ms.
constexpr double kLongGap = 0.2;

double* time_of(Account& account, Activity activity) {
    switch (activity) {
        case Activity::running: return &account.running_s;
        case Activity::input: return &account.input_s;
        case Activity::output: return &account.output_s;
        case Activity::disk: return &account.disk_s;
        case Activity::sleeping:
        case Activity::stopped: return &account.sleeping_s;
        case Activity::absent: return nullptr;
    }
    return nullptr;
}

void add_time(Account& account, Activity activity, double time_s) {
    if (double* const time = time_of(account, activity)) {
        *time += time_s;
    }
}

}  // namespace

void add_gap(Account& account, Activity before, Activity after, double gap_s, double cpu_s) {
    if (gap_s > kLongGap) {
        const double ran = std::min(gap_s, cpu_s);
        account.running_s += ran;
        gap_s -= ran;
        // It was seen running, and has not run: most of the gap was the other's.
        before = before == Activity::running ? after : before;
        after = after == Activity::running ? before : after;
    }
    add_time(account, before, gap_s / 2);
    add_time(account, after, gap_s / 2);
}

void make_room_for(Account& account, double cpu_s) {
    const double others = account.input_s + account.output_s + account.disk_s + account.sleeping_s;
    const double missing = std::min(cpu_s - account.running_s, others);
    if (missing <= 0) {
        return;
    }
    account.running_s += missing;
    for (double* const time :
         {&account.input_s, &account.output_s, &account.disk_s, &account.sleeping_s}) {
        *time *= (others - missing) / others;
    }
}

}  // namespace pipectl
