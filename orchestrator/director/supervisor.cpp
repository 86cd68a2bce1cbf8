#include "orchestrator/director/supervisor.hpp"

namespace pipectl {

namespace {

/// How many processes are started between two looks at what has happened meanwhile.
constexpr std::size_t kStartsPerLook = 8;

}  // namespace

Supervisor::Supervisor(const Plan& plan, World& world)
    : plan_(plan), world_(world), director_(plan, world) {}

Director::Outcome Supervisor::run() {
    start_all();
    while (!director_.over()) {
        take_all(world_.wait(director_.next()));
    }
    return director_.outcome();
}

void Supervisor::start_all() {
    for (std::size_t i = 0; i < plan_.processes.size() && !director_.cancelling(); ++i) {
        take(world_.start(static_cast<int>(i)));
        if (i % kStartsPerLook == kStartsPerLook - 1) {
            take_all(world_.wait(world_.now()));
        }
    }
    world_.all_started();
    take(occurrence::AllStarted{});
}

void Supervisor::take(const Occurrence& what) {
    for (const Action& action : director_.on(world_.now(), what)) {
        world_.carry_out(action);
    }
}

void Supervisor::take_all(const std::vector<Occurrence>& what) {
    for (const Occurrence& each : what) {
        take(each);
    }
}

}  // namespace pipectl
