#pragma once

// The launcher and all that is behind it, as the supervisor of a node sees it.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/hosts/connections.hpp"
#include "orchestrator/hosts/message.hpp"
#include "orchestrator/hosts/pulse.hpp"
#include "orchestrator/hosts/talk.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/report/event_line.hpp"
#include "orchestrator/run/other_hosts.hpp"
#include "orchestrator/run/run.hpp"

namespace pipectl::hosts {

class NodeHost final : public OtherHosts {
  public:
    /// All must outlive this.
    NodeHost(const Plan& plan, const message::Plan& job, Talk& talk, Connections& connections);

    /// What tells the launcher of everything.
    RunObserver watching(StageWords words);

    // OtherHosts
    [[nodiscard]] int here() const override { return job_.host; }
    std::vector<End> begin(Ways ways) override;
    [[nodiscard]] std::optional<Loop::Time> due() const override;
    void look() override;
    void kill() override {}
    bool signal(int process, int signal) override;
    void stopped(bool stopped) override;
    void settle(OutputSet& outputs, Director::Outcome& outcome,
                const std::function<void(decltype(Event::what))>& tell) override;
    void hang_up(bool patient) noexcept override;

  private:
    using Clock = std::chrono::steady_clock;

    bool read();
    void take(const Message& message);
    void take(const message::Far& what);
    void take(const message::Cancel& what);
    void lose(bool now);
    void tell(const Event& event);

    const Plan& plan_;
    const message::Plan& job_;
    Talk& talk_;
    Connections& connections_;
    std::optional<Ways> ways_;
    std::unique_ptr<Pulse> pulse_;
    EventLines lines_;
    Clock::time_point heard_at_;
    std::vector<occurrence::FarJudged::Judgement> heard_;  ///< in one look
    bool stopped_ = false;
    bool lost_ = false;
    bool wants_prepare_ = false;
    std::optional<message::Settle> decision_;
    bool bye_ = false;
};

}  // namespace pipectl::hosts
