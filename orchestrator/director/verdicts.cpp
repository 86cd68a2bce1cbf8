#include "orchestrator/director/verdicts.hpp"

#include <algorithm>
#include <csignal>

namespace pipectl {

bool is_broken_pipe(const ExitStatus& status) {
    return status.signal == SIGPIPE || (status.signal == 0 && status.code == kBrokenPipeStatus);
}

Verdicts::Verdicts(const Roster& roster, const Departures& departures)
    : roster_(roster), departures_(departures) {}

bool Verdicts::is_ok(int process, const ExitStatus& status) const {
    const Process& what = roster_.process(process);
    if (what.any_ok) {
        return true;
    }
    return status.signal == 0 && std::ranges::find(what.ok, status.code) != what.ok.end();
}

bool Verdicts::tells_of_cut(const occurrence::End& end) const {
    const Process& what = roster_.process(end.process);
    if (is_broken_pipe(end.status)) {
        return true;
    }
    if (what.cut_by_signal_only || !roster_.plan.strict || what.role == Role::helper) {
        return what.unread_stop && roster_.of(end.process).told_of_cut;
    }
    const bool answered = end.status.signal == 0 && end.on_broken_pipe != OnBrokenPipe::dies;
    return answered || roster_.of(end.process).told_of_cut;
}

bool Verdicts::had_enough(int process) const {
    const Roster::Entry& entry = roster_.of(process);
    const bool endpoint = roster_.is_helper(process) && entry.writes.empty();
    return (endpoint && is_broken_pipe(entry.status)) || departures_.all_left(process, true);
}

bool Verdicts::readers_judged(int process, bool but_far) const {
    return std::ranges::all_of(roster_.of(process).data, [&](int link) {
        const int reader = roster_.link(link).reader;
        return roster_.of(reader).state == Roster::State::judged ||
               (but_far && roster_.is_far(reader));
    });
}

bool Verdicts::readers_ended_well(int process) const {
    // By the shell's rules nobody asks how a reader ended.
    return !roster_.plan.strict || std::ranges::all_of(roster_.of(process).data, [this](int link) {
        return is_well(roster_.of(roster_.link(link).reader).verdict);
    });
}

int Verdicts::first_of_circle(const std::vector<int>& pending) const {
    std::vector<int> circle = pending;
    const auto waits_outside = [&](int process) {
        return std::ranges::any_of(roster_.of(process).data, [&](int link) {
            const int reader = roster_.link(link).reader;
            return roster_.of(reader).state != Roster::State::judged &&
                   std::ranges::find(circle, reader) == circle.end();
        });
    };
    while (std::erase_if(circle, waits_outside) > 0) {
    }
    const auto stage =
        std::ranges::find_if(circle, [this](int process) { return !roster_.is_helper(process); });
    return circle.empty() ? -1 : stage != circle.end() ? *stage : circle.front();
}

std::vector<int> Verdicts::cause_first(std::vector<int> failures) const {
    const auto cause = std::ranges::find_if(failures, [&](int process) {
        return std::ranges::none_of(roster_.of(process).writes, [&](int link) {
            return std::ranges::find(failures, roster_.link(link).reader) != failures.end();
        });
    });
    if (cause != failures.end()) {
        std::iter_swap(failures.begin(), cause);
    }
    return failures;
}

}  // namespace pipectl
