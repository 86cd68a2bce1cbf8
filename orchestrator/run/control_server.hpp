#pragma once

// Answers `pipectl ps`, `top`, `stop` and `signal` for a run that goes on: a socket in the run's
// folder, served by the supervisor's loop.
//
// Opened once a run has lasted a moment, so that short ones do not pay for it. Nobody who asks can
// hold the run up: nothing waits, the number of those who are connected is bounded, and only the
// run's own user and root are heard. Without requests it wakes nobody up. See control_wire.hpp.

#include <list>
#include <string>

#include "orchestrator/run/loop.hpp"
#include "orchestrator/traces/run_folder.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

/// What the run does about requests. Errors are texts for the one who asks; empty: it is done.
class ControlledRun {
  public:
    /// The record so far.
    virtual std::string record_so_far() = 0;
    /// What stages, or one, have said on stderr; see words_so_far.hpp.
    virtual std::string words_so_far(const std::string& stage) = 0;
    /// What goes over an edge; see taps.hpp. May throw.
    virtual Fd watch_edge(const std::string& edge) = 0;
    /// Ends the run as SIGTERM to pipectl does; `now`: without a grace period.
    virtual void cancel(bool now) = 0;
    /// To a stage, or (empty) to all that run.
    virtual std::string signal_stages(const std::string& stage, int signal) = 0;

  protected:
    ~ControlledRun() = default;
};

class ControlServer {
  public:
    /// `front` is a pidfd of the run's first process. All must outlive this.
    ControlServer(Loop& loop, RunFolder& folder, ControlledRun& run, int front);

    /// Makes the socket. A failure is no error: the run goes on, and cannot be asked.
    void open() noexcept;

    /// The stages have said their last: tells those who follow their words, while nobody is served
    /// any more.
    void say_last_words() noexcept;

  private:
    struct Client {
        Fd socket;
        std::string follows = {};  ///< its last request for words; or empty
    };

    void make_socket();
    bool take_client();
    bool serve(Client& client);
    void send_words(const Client& client, const char* how);
    void answer(Client& client, const std::string& request);

    Loop& loop_;
    RunFolder& folder_;
    ControlledRun& run_;
    int front_;
    Fd listener_;
    std::list<Client> clients_;  ///< the oldest first
};

}  // namespace pipectl
