// What is heard of other hosts: verdicts of processes that somebody else judges, ends of the run
// that began elsewhere, hosts of which nothing is known any more.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/director/director.hpp"
#include "stages/base/own_status.hpp"

namespace pipectl {

void Director::take(const occurrence::FarJudged& what) {
    std::vector<int> failures;
    std::vector<int> heard;
    for (const occurrence::FarJudged::Judgement& each : what.batch) {
        if (!roster_.is_undecided_far(each.process)) {
            continue;  // of a host that was given up as lost, or said a second time
        }
        heard.push_back(each.process);
        roster_.of(each.process).status = each.status;
        if (each.verdict == Verdict::failed) {
            failures.push_back(each.process);
        } else {
            judge(each.process, each.verdict);
        }
    }
    for (const int process : verdicts_.cause_first(std::move(failures))) {
        fail(process);
    }
    for (const int process : heard) {
        notices_.happened(process, false, actions_);
        for (const int link : roster_.of(process).reads) {
            departures_.reader_left(link, now_, actions_);
        }
        order_.ended(process);
        const Verdict verdict = roster_.of(process).verdict;
        if (plan_.strict && !is_well(verdict) && verdict != Verdict::failed) {
            // Its host has ended it, and the word why has not come, or will not.
            give_up("stage '" + roster_.process(process).name + "' was ended on its host (" +
                        verdict_name(verdict) + ")",
                    kOwnErrorStatus);
        }
    }
    settle();
}

void Director::take(const occurrence::FarCancelled& what) {
    using Why = CancelBegan::Why;
    switch (what.why.why) {
        case Why::failure:      // the verdict says it
        case Why::run_timeout:  // host 0 keeps it
        case Why::signal: break;
        case Why::stage_timeout:
        case Why::idle_timeout: be_late(what.why.process, what.why); break;
        case Why::internal: give_up(what.why.message, what.status); break;
    }
}

/// What a process at an edge between hosts makes of the other one's end is no cause of its own.
bool Director::is_consequence_of_loss() const {
    return outcome_.process >= 0 && outcome_.verdict == Verdict::failed &&
           border_of(outcome_.process) != nullptr;
}

/// The edge between hosts at which the helper is; null: it is at none.
const Link* Director::border_of(int process) const {
    const auto found = std::ranges::find_if(plan_.links, [&](const Link& link) {
        return (link.writer == process || link.reader == process) &&
               roster_.process(link.writer).host != roster_.process(link.reader).host;
    });
    return found != plan_.links.end() && roster_.is_helper(process) ? &*found : nullptr;
}

CancelBegan Director::cancel_of_failure(int process) const {
    const Link* const border = border_of(process);
    if (border == nullptr || roster_.here != 0) {
        return {CancelBegan::Why::failure, process, 0, {}};
    }
    const Process& writer = roster_.process(border->writer);
    const std::string edge = writer.name.substr(writer.name.find(':') + 1);
    return {CancelBegan::Why::internal, -1, 0,
            "edge '" + edge + "' from host '" + plan_.hosts[writer.host].name + "' to host '" +
                plan_.hosts[roster_.process(border->reader).host].name + "' was cut short"};
}

void Director::take(const occurrence::HostLost& what) {
    if (!cancelling_ || is_consequence_of_loss()) {
        outcome_.verdict = Verdict::failed;
        outcome_.exit = kOwnErrorStatus;
        outcome_.message = what.message;
        outcome_.process = -1;
        CancelBegan why{CancelBegan::Why::internal, -1, 0, what.message};
        if (cancelling_) {
            actions_.push_back(action::Tell{std::move(why)});
        } else {
            begin_cancel(std::move(why), 0, {});
        }
    }
    for (std::size_t i = 0; i < roster_.entries.size(); ++i) {
        const int process = static_cast<int>(i);
        if (roster_.process(process).host != what.host || !roster_.is_undecided_far(process)) {
            continue;
        }
        judge(process, Verdict::lost);
        for (const int link : roster_.of(process).reads) {
            departures_.reader_left(link, now_, actions_);
        }
        order_.ended(process);
    }
    settle();
}

void Director::take(const occurrence::EndedByLauncher& what) {
    if (cancelling_ && after_failure_) {
        cancel_late(what.signal, {});
    } else if (!cancelling_) {
        if (what.why == CancelBegan::Why::run_timeout) timed_out_ = kAllTimedOut;
        outcome_.verdict = Verdict::cancelled;
        outcome_.exit = kOwnErrorStatus;
        begin_cancel(CancelBegan{what.why, -1, what.signal, {}}, what.signal, {});
    }
    if (what.now) {
        ending_.kill(now_, actions_);
    }
    settle();
}

}  // namespace pipectl
