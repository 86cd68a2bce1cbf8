#include "orchestrator/director/supervisor.hpp"

#include <algorithm>

namespace pipectl {

namespace {

/// How many processes are started between two looks at what has happened meanwhile.
constexpr std::size_t kStartsPerLook = 8;

}  // namespace

Supervisor::Supervisor(const Plan& plan, World& world, RunTime begins, int here)
    : plan_(plan), world_(world), begins_(begins), director_(plan, world, begins, here) {}

Director::Outcome Supervisor::run() {
    while (begins_ > RunTime{} && world_.now() < begins_ && !director_.cancelling()) {
        const RunTime next = director_.next().value_or(begins_);
        take_all(world_.wait(std::min(next, begins_)));
    }
    start_all();
    while (!director_.over()) {
        take_all(world_.wait(director_.next()));
        tell_when_all_started();
    }
    return director_.outcome();
}

void Supervisor::start_all() {
    for (std::size_t i = 0; i < plan_.processes.size() && !director_.cancelling(); ++i) {
        if (!director_.may_start(static_cast<int>(i))) {
            continue;
        }
        take(world_.start(static_cast<int>(i)));
        if (i % kStartsPerLook == kStartsPerLook - 1) {
            take_all(world_.wait(world_.now()));
        }
    }
    tell_when_all_started();
    take(occurrence::AllStarted{});
}

void Supervisor::tell_when_all_started() {
    if (!all_started_told_ && !director_.starts_to_come()) {
        all_started_told_ = true;
        world_.all_started();
    }
}

void Supervisor::take(const Occurrence& what) {
    for (const Action& action : director_.on(world_.now(), what)) {
        if (const auto* start = std::get_if<action::Start>(&action)) {
            take(world_.start(start->process));
        } else {
            world_.carry_out(action);
        }
    }
}

void Supervisor::take_all(const std::vector<Occurrence>& what) {
    for (const Occurrence& each : what) {
        take(each);
    }
}

}  // namespace pipectl
