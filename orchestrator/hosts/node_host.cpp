#include "orchestrator/hosts/node_host.hpp"

#include <algorithm>
#include <csignal>
#include <string>
#include <utility>

#include "orchestrator/hosts/edge_end.hpp"
#include "orchestrator/hosts/hex.hpp"
#include "orchestrator/hosts/node.hpp"
#include "orchestrator/run/settle.hpp"
#include "stages/base/error.hpp"

namespace pipectl::hosts {

namespace {

constexpr int kLastVerdict = static_cast<int>(Verdict::lost);
constexpr int kLastWhy = static_cast<int>(CancelBegan::Why::internal);
constexpr int kHighestSignal = 127;

}  // namespace

NodeHost::NodeHost(const Plan& plan, const message::Plan& job, Talk& talk, Connections& connections)
    : plan_(plan), job_(job), talk_(talk), connections_(connections) {}

RunObserver NodeHost::watching(StageWords words) {
    RunObserver observer;
    observer.on_event = [this](const Event& event) { tell(event); };
    observer.on_status_request = [] {};
    observer.stage_words = words;
    return observer;
}

/// Times are this machine's clock: the launcher knows what its own showed then.
void NodeHost::tell(const Event& event) {
    Event here = event;
    here.time_s = now_s();
    std::string line = lines_.line(here);
    line.pop_back();
    if (!std::holds_alternative<RunStarted>(event.what)) talk_.send(message::Told{line});
}

std::vector<OtherHosts::End> NodeHost::begin(Ways ways) {
    ways_.emplace(std::move(ways));
    heard_at_ = Clock::now();
    pulse_ = std::make_unique<Pulse>(std::vector<Talk*>{&talk_}, plan_.lease / 4);
    ways_->loop.on_readable(talk_.in(), [this] { return read(); });
    std::vector<End> ends;
    for (const message::EdgeEnd& each : job_.ends) {
        const auto secret = bytes_of(each.secret, kEdgeSecretBytes);
        const bool writer = plan_.processes[plan_.links[each.link].writer].host == job_.host;
        ends.push_back(make_edge_end(plan_, each.link, writer, connections_.take(each.link),
                                     secret.value_or(""), job_.run));
    }
    connections_.close();
    (void)read();  // what came with the word to start
    return ends;
}

std::optional<Loop::Time> NodeHost::due() const {
    // While the run is put aside only the end of the connection counts.
    if (lost_ || stopped_ || bye_) return std::nullopt;
    return heard_at_ + plan_.lease;
}

void NodeHost::look() {
    const auto when = due();
    if (!when || Clock::now() < *when) return;
    (void)read();  // we may have been stopped ourselves
    if (const auto later = due(); later && Clock::now() >= *later) lose(false);
}

bool NodeHost::signal(int process, int /*signal*/) {
    return plan_.processes[process].host != job_.host;
}

/// Somebody has stopped this part alone: the launcher will miss it.
void NodeHost::stopped(bool /*stopped*/) {}

void NodeHost::hang_up(bool /*patient*/) noexcept {}

bool NodeHost::read() {
    bool open = talk_.take();
    try {
        while (const std::optional<Message> message = talk_.next()) {
            heard_at_ = Clock::now();
            take(*message);
        }
    } catch (const WireError&) {
        open = false;
    }
    if (!heard_.empty()) {
        ways_->happened(occurrence::FarJudged{std::exchange(heard_, {})});
    }
    if (!open && !bye_) lose(true);
    return open;
}

/// `now`: there is nobody any more who could come back.
void NodeHost::lose(bool now) {
    if (std::exchange(lost_, true)) return;
    talk_.close();
    ways_->happened(occurrence::EndedByLauncher{CancelBegan::Why::internal, 0, now});
    ways_->stop_or_continue(SIGCONT);
}

void NodeHost::take(const Message& message) {
    std::visit(
        [&](const auto& what) {
            using What = std::remove_cvref_t<decltype(what)>;
            if constexpr (std::is_same_v<What, message::Far> ||
                          std::is_same_v<What, message::Cancel>) {
                take(what);
            } else if constexpr (std::is_same_v<What, message::Signal>) {
                const bool known =
                    what.process >= 0 &&
                    static_cast<std::size_t>(what.process) < plan_.processes.size() &&
                    plan_.processes[what.process].host == job_.host;
                if (known && what.signal > 0 && what.signal <= kHighestSignal) {
                    ways_->signal(what.process, what.signal);
                }
            } else if constexpr (std::is_same_v<What, message::Stop>) {
                stopped_ = true;
                ways_->stop_or_continue(SIGTSTP);
            } else if constexpr (std::is_same_v<What, message::Continue>) {
                stopped_ = false;
                ways_->stop_or_continue(SIGCONT);
            } else if constexpr (std::is_same_v<What, message::Prepare>) {
                wants_prepare_ = true;
            } else if constexpr (std::is_same_v<What, message::Settle>) {
                decision_ = what;
            } else if constexpr (std::is_same_v<What, message::Bye>) {
                bye_ = true;
            } else if constexpr (std::is_same_v<What, message::Beat>) {
                if (what.of_s < 0) talk_.send(message::Beat{now_s(), what.now_s});
            }
        },
        message);
}

void NodeHost::take(const message::Far& what) {
    const bool known = what.process >= 0 &&
                       static_cast<std::size_t>(what.process) < plan_.processes.size() &&
                       what.verdict >= 0 && what.verdict <= kLastVerdict;
    if (!known) return;
    heard_.push_back({what.process, static_cast<Verdict>(what.verdict),
                      ExitStatus{what.code, what.signal, false}});
}

void NodeHost::take(const message::Cancel& what) {
    if (what.why < 0 || what.why > kLastWhy || what.signal < 0 || what.signal > kHighestSignal) {
        return;
    }
    stopped_ = false;
    ways_->happened(occurrence::EndedByLauncher{static_cast<CancelBegan::Why>(what.why),
                                                what.signal, what.now});
}

void NodeHost::settle(OutputSet& outputs, Director::Outcome& outcome,
                      const std::function<void(decltype(Event::what))>& tell) {
    talk_.send(message::Over{});
    while (!decision_ && !lost_) {
        if (std::exchange(wants_prepare_, false)) {
            message::Prepared answer{true, {}};
            for (const OutputResult& each : outputs.prepare()) {
                if (each.error.empty()) continue;
                answer.well = false;
                if (answer.error.empty()) answer.error = each.error;
            }
            talk_.send(answer);
        }
        ways_->loop.wait(due());
        look();
    }
    // Nobody has said that the files are to be replaced: they are not.
    const bool commit = decision_ && decision_->commit && !lost_;
    outcome = {};
    if (!commit) {
        outcome.verdict = Verdict::cancelled;
        outcome.exit = kLostLauncher;
        outcome.signal = decision_ && decision_->cancelled ? SIGTERM : 0;
    }
    settle_outputs(outputs, outcome, tell);
    outcome.signal = 0;
    talk_.send(message::Settled{});
    while (!bye_ && !lost_) {
        ways_->loop.wait(due());
        look();
    }
    pulse_.reset();
}

}  // namespace pipectl::hosts
