#pragma once

// All hosts of a run, for the one that it was started on: brings them together before anything is
// started, and carries word between them while it runs.
//
// It has a session for each other host, its own ends of edges, and the conductor, whose deeds it
// does. It decides nothing: what nodes say of their processes goes to the director of this host,
// and what that one judges goes to the nodes.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "orchestrator/diagnostic/diagnostic.hpp"
#include "orchestrator/hosts/clock_offset.hpp"
#include "orchestrator/hosts/conductor.hpp"
#include "orchestrator/hosts/connections.hpp"
#include "orchestrator/hosts/engine.hpp"
#include "orchestrator/hosts/message.hpp"
#include "orchestrator/hosts/pulse.hpp"
#include "orchestrator/hosts/relay.hpp"
#include "orchestrator/hosts/session.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/preflight/preflight.hpp"
#include "orchestrator/report/event_line.hpp"
#include "orchestrator/run/other_hosts.hpp"
#include "orchestrator/run/run.hpp"

namespace pipectl::hosts {

/// The hosts did not come together; nothing was started on any of them.
class HostsRefused : public std::runtime_error {
  public:
    explicit HostsRefused(std::vector<PreflightFailure> failures);
    [[nodiscard]] const std::vector<PreflightFailure>& failures() const { return failures_; }

  private:
    std::vector<PreflightFailure> failures_;
};

class Company final : public OtherHosts {
  public:
    /// `plan`: of all hosts; it must outlive this.
    Company(const Plan& plan, std::string run_id, StageWords words);
    ~Company() override;

    /// Starts a node on every host, gives each its part of the plan, and connects the edges between
    /// them. Throws HostsRefused, and SystemError.
    void assemble();

    /// The same without a start, to see whether a run could be: nodes look at what is theirs and
    /// connect their edges, and go again.
    void rehearse();

    /// Of another host, when it has answered: its own name for itself.
    [[nodiscard]] const std::string& machine_of(int host) const { return members_[host].machine; }

    /// What is good to know of how they came together, for people.
    [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

    /// What is told of the whole run: wraps what watches, which must outlive this.
    RunObserver watching(const RunObserver& observer);

    // OtherHosts
    [[nodiscard]] int here() const override { return 0; }
    std::vector<End> begin(Ways ways) override;
    [[nodiscard]] std::optional<Loop::Time> due() const override;
    void look() override;
    void kill() override;
    bool signal(int process, int signal) override;
    void stopped(bool stopped) override;
    void settle(OutputSet& outputs, Director::Outcome& outcome,
                const std::function<void(decltype(Event::what))>& tell) override;
    void hang_up(bool patient) noexcept override;

  private:
    using Clock = std::chrono::steady_clock;

    /// One of the other hosts.
    struct Member {
        std::unique_ptr<Session> session;
        ClockOffset clock;
        message::Ready ready;
        double heard_at_s = 0;
        std::optional<int> start_failed;  ///< the status of its run
        std::optional<Sampled> seen;
        std::string machine;
        std::string pushed;  ///< the path of the copy of this build that was made there; or empty
    };
    /// An edge between hosts.
    struct Crossing {
        int link = 0;
        int writer = 0, reader = 0;  ///< hosts
        std::string name;            ///< 16 bytes
        std::string secret;          ///< 32
        int up = 0;                  ///< ends
        bool back = false;           ///< the reader connects to the writer: the other way failed
        std::string tried{};         ///< that way, and back
        bool relayed = false;
    };
    struct Settling {
        OutputSet& outputs;
        Director::Outcome& outcome;
        const std::function<void(decltype(Event::what))>& tell;
    };

    [[nodiscard]] HostTime now() const { return Clock::now() - made_; }
    void carry(const Deeds& deeds);
    void hear(const Heard& what) { carry(conductor_.on(now(), what)); }

    // the start
    void start_session(int host);
    void give_plan(int host);
    void wire();
    void connect(Crossing& edge);
    void relay(Crossing& edge);
    [[nodiscard]] std::unique_ptr<Session> start_on(int host, bool edge) const;
    void up(int link, int host, const std::string& error);
    void poll_once();
    /// A copy of this build goes there, and the session begins again. False: it may not, or has.
    bool push(int host);
    void refuse(int host, const Diagnostic& what, int status);

    // what comes in
    bool read(int host);
    void end_of(int host);
    void take(int host, const Message& message);
    void take(int host, const message::Hello& what);
    void take(int host, const message::Refused& what);
    void take(int host, const message::Beat& what);
    void take(int host, const message::Told& what);
    void take_event(int host, Event event);
    [[nodiscard]] bool is_of(int host, const Event& event) const;

    // deeds
    void perform(const deed::Wire& /*what*/) { wire(); }
    void perform(const deed::Start& what);
    void perform(const deed::GiveUp& /*what*/) {}
    void perform(const deed::Lose& what);
    void perform(const deed::Prepare& what);
    void perform(const deed::Commit& what);
    void perform(const deed::RollBack& what);
    void perform(const deed::Bye& what);
    void perform(const deed::Finished& what);

    void tell_own(const Event& event);
    void overlay(Sampled& seen) const;
    void send_all(const Message& message);
    [[nodiscard]] bool is_here(int process) const { return plan_.processes[process].host == 0; }
    [[nodiscard]] std::string name_of(int host) const;
    [[nodiscard]] std::vector<std::string> outputs_of(int host) const;

    const Plan& plan_;
    std::string run_id_;
    StageWords words_;
    Clock::time_point made_ = Clock::now();
    bool loopback_;
    Conductor conductor_;
    EventReader events_;
    std::vector<Member> members_;  ///< by host; [0] is not used
    std::vector<Crossing> crossings_;
    Connections connections_;
    std::vector<Relay> relays_;
    std::vector<std::unique_ptr<Session>> past_;  ///< of hosts that a copy was made on
    std::vector<std::string> notes_;
    std::vector<PreflightFailure> failures_;

    std::optional<Ways> ways_;
    std::function<void(const Event&)> tell_;  ///< to what watches
    std::unique_ptr<Pulse> pulse_;
    double started_at_s_ = 0;
    std::vector<ExitStatus> statuses_;
    std::vector<occurrence::FarJudged::Judgement> heard_;  ///< in one look
    std::optional<CancelBegan> cancelled_;
    std::optional<Clock::time_point> kill_by_;
    Settling* settling_ = nullptr;
    std::string trouble_;  ///< why the outputs are not replaced
    bool finished_ = false;
    bool rehearses_ = false;
};

}  // namespace pipectl::hosts
