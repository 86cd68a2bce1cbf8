// How a run ends on all hosts: outputs in two steps, and the sessions with them.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <utility>

#include "orchestrator/hosts/company.hpp"
#include "orchestrator/run/settle.hpp"
#include "stages/base/own_status.hpp"
#include "stages/base/signal_name.hpp"

namespace pipectl::hosts {

void Company::perform(const deed::Prepare& /*what*/) {
    send_all(message::Prepare{});
    bool well = true;
    for (const OutputResult& each : settling_->outputs.prepare()) {
        if (each.error.empty()) continue;
        well = false;
        if (trouble_.empty()) trouble_ = each.error;
    }
    hear(heard::Prepared{0, well});
}

void Company::perform(const deed::Commit& /*what*/) {
    send_all(message::Settle{true, false});
    settle_outputs(settling_->outputs, settling_->outcome, settling_->tell);
    hear(heard::Settled{0});
}

void Company::perform(const deed::RollBack& /*what*/) {
    Director::Outcome& outcome = settling_->outcome;
    if (outcome.exit == 0 && outcome.signal == 0) {
        outcome.verdict = Verdict::failed;
        outcome.exit = kOwnErrorStatus;
        outcome.message = trouble_;
    }
    send_all(message::Settle{false, outcome.signal != 0});
    settle_outputs(settling_->outputs, outcome, settling_->tell);
    hear(heard::Settled{0});
}

void Company::perform(const deed::Bye& what) {
    members_[what.host].session->talk().send(message::Bye{});
}

std::vector<std::string> Company::outputs_of(int host) const {
    std::vector<std::string> paths;
    for (const Process& process : plan_.processes) {
        for (const Descriptor& each : process.descriptors) {
            if (process.host == host && each.what == Descriptor::What::output_file) {
                paths.push_back(plan_.outputs[each.index].path);
            }
        }
    }
    return paths;
}

void Company::perform(const deed::Finished& what) {
    finished_ = true;
    for (const int host : what.unknown) {
        const std::vector<std::string> paths = outputs_of(host);
        std::string unknown;
        for (const std::string& path : paths) {
            const std::string why = "host '" + name_of(host) +
                                    "' was lost when it had been told to replace it: whether it "
                                    "did is not known";
            settling_->tell(OutputDecided{path, false, why});
            unknown += (unknown.empty() ? "'" : ", '") + path + "'";
        }
        if (paths.empty()) continue;
        settling_->outcome.verdict = Verdict::failed;
        settling_->outcome.exit = kOwnErrorStatus;
        settling_->outcome.message =
            trouble_ + "; it had been told to replace " + unknown +
            ", and whether it did is not known; the files of all other hosts are new";
    }
}

void Company::settle(OutputSet& outputs, Director::Outcome& outcome,
                     const std::function<void(decltype(Event::what))>& tell) {
    Settling settling{outputs, outcome, tell};
    settling_ = &settling;
    hear(heard::RunOver{outcome.exit == 0 && outcome.signal == 0});
    while (!conductor_.finished()) {
        ways_->loop.wait(due());
        look();
        if (const int signal = ways_->asked_to_end(); signal != 0 && trouble_.empty()) {
            trouble_ = "ended by " + signal_name(signal);
            hear(heard::Interrupted{});
        }
    }
    settling_ = nullptr;
    pulse_.reset();
    hang_up(true);
}

void Company::hang_up(bool patient) noexcept {
    using namespace std::chrono;
    using namespace std::chrono_literals;
    // A host that has settled ends by itself, one that is not heard any more may never do.
    const auto latest = Clock::now() + (patient ? 1s : 0s);
    if (finished_) {
        for (std::size_t i = 1; i < members_.size(); ++i) {
            if (!members_[i].session || !conductor_.hears(static_cast<int>(i))) continue;
            const auto left = ceil<milliseconds>(latest - Clock::now());
            (void)members_[i].session->talk().flush();
            (void)members_[i].session->wait(static_cast<int>(std::max<long>(0, left.count())));
        }
    }
    for (Member& each : members_) {
        if (each.session) each.session->hang_up();
    }
    for (Relay& each : relays_) {
        constexpr int kMomentMs = 500;
        each.end(patient ? kMomentMs : 0);
    }
    for (std::size_t i = 1; patient && i < members_.size(); ++i) {
        if (!members_[i].session) continue;
        const auto left = ceil<milliseconds>(latest - Clock::now());
        if (!conductor_.hears(static_cast<int>(i)) && conductor_.started()) {
            members_[i].session->kill();
        }
        if (!members_[i].session->wait(static_cast<int>(std::max<long>(0, left.count())))) {
            members_[i].session->kill();
        }
    }
}

}  // namespace pipectl::hosts
