#include "orchestrator/hosts/node.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/hosts/build_id.hpp"
#include "orchestrator/hosts/hex.hpp"
#include "orchestrator/hosts/node_host.hpp"
#include "orchestrator/hosts/relay.hpp"
#include "orchestrator/plan/plan_wire.hpp"
#include "orchestrator/preflight/preflight.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "orchestrator/run/run.hpp"
#include "stages/base/error.hpp"
#include "stages/base/own_status.hpp"
#include "stages/base/signals.hpp"

namespace pipectl::hosts {

namespace {

/// A plan, and what quoting makes of it.
constexpr std::size_t kLongestFromLauncher = 3 * kLongestWire;

/// The launcher has gone, or has said what cannot be.
struct NoLauncher {};

/// It will not be run here, and why.
struct Refusal {
    message::Refused words;
};

Refusal refusal(int status, const std::vector<Diagnostic>& reasons) {
    Refusal refused;
    refused.words.status = status;
    for (const Diagnostic& each : reasons) {
        refused.words.remarks.push_back({each.place.line, each.place.column, each.place.file,
                                         each.length, each.message, each.hint});
    }
    return refused;
}

Refusal refusal(const std::string& message, const std::string& hint = {}) {
    Diagnostic reason;
    reason.message = message;
    reason.hint = hint;
    return refusal(kOwnErrorStatus, {reason});
}

/// Stages have neither of the two: what is said over them is ours alone.
std::pair<Fd, Fd> take_over_descriptors() {
    std::pair<Fd, Fd> ours{duplicate(STDIN_FILENO), duplicate(STDOUT_FILENO)};
    const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    ::dup2(null.get(), STDIN_FILENO);
    ::dup2(null.get(), STDOUT_FILENO);
    return ours;
}

/// Waits for what is said next; meanwhile looks at those who connect.
class Start {
  public:
    explicit Start(Talk& talk, Connections& connections) : talk_(talk), connections_(connections) {}

    Message next() {
        for (;;) {
            if (std::optional<Message> message = said()) {
                if (const auto* const beat = std::get_if<message::Beat>(&*message)) {
                    if (beat->of_s < 0) talk_.send(message::Beat{now_s(), beat->now_s});
                    continue;
                }
                return std::move(*message);
            }
            wait();
        }
    }

  private:
    std::optional<Message> said() {
        try {
            return talk_.next();
        } catch (const WireError&) {
            throw NoLauncher();
        }
    }

    void wait() {
        constexpr int kStrangersMs = 1000;
        const auto waits = static_cast<short>(talk_.has_waiting() ? POLLOUT : 0);
        std::vector<pollfd> polled{{talk_.in(), POLLIN, 0}, {talk_.out(), waits, 0}};
        connections_.add_to(polled);
        ::poll(polled.data(), polled.size(), polled.size() > 2 ? kStrangersMs : -1);
        (void)talk_.flush();
        for (const int link : connections_.look()) {
            talk_.send(message::Up{link, {}});
        }
        if (!talk_.take()) throw NoLauncher();
    }

    Talk& talk_;
    Connections& connections_;
};

/// Takes on what the launcher sends along, and goes where stages are to start.
void prepare_surroundings(const message::Plan& job) {
    for (const message::Variable& each : job.variables) {
        if (!each.name.empty()) ::setenv(each.name.c_str(), each.value.c_str(), 1);
    }
    if (::chdir(job.folder.c_str()) != 0) {
        throw refusal("cannot start in folder '" + job.folder + "': " + errno_text(errno),
                      "`dir` of the host says where stages start there");
    }
}

Plan plan_of(const message::Plan& job) {
    Plan plan;
    try {
        plan = read_wire(job.plan, job.host);
    } catch (const std::exception& error) {
        throw refusal(std::string("the plan cannot be read: ") + error.what());
    }
    const auto is_end = [&](const message::EdgeEnd& each) {
        return each.link >= 0 && static_cast<std::size_t>(each.link) < plan.links.size();
    };
    if (job.host <= 0 || static_cast<std::size_t>(job.host) >= plan.hosts.size() ||
        !std::ranges::all_of(job.ends, is_end)) {
        throw refusal("the plan is of other hosts");
    }
    // of the whole run, which the launcher keeps
    plan.lock.reset();
    plan.timeout.reset();
    plan.retries = 0;
    plan.name +=
        " (part " + plan.hosts[job.host].name + " of " + job.run + " on " + job.launcher + ")";
    return plan;
}

int run_part(Talk& talk) {
    Connections connections;
    Start start(talk, connections);
    const Message first = start.next();
    const auto* const job = std::get_if<message::Plan>(&first);
    if (job == nullptr) throw NoLauncher();
    prepare_surroundings(*job);
    const Plan plan = plan_of(*job);
    const Preflight preflight = check_plan(plan, own_environment());
    if (!preflight.ok()) throw refusal(preflight.status(), preflight.diagnostics());
    std::optional<PreparedRun> prepared;
    try {
        prepared = prepare_run(plan);
    } catch (const OutputError& error) {
        throw refusal(kOwnErrorStatus, output_diagnostics(error, plan));
    }
    for (const message::EdgeEnd& each : job->ends) {
        const auto name = bytes_of(each.name, kEdgeNameBytes);
        if (name) connections.await(each.link, *name);
    }
    const Host& here = plan.hosts[job->host];
    connections.listen(here, job->loopback);
    talk.send(message::Ready{own_addresses(here.address, job->loopback), connections.port()});
    for (;;) {
        const Message next = start.next();
        if (const auto* const wire = std::get_if<message::Wire>(&next)) {
            const auto end = std::ranges::find(job->ends, wire->link, &message::EdgeEnd::link);
            const auto name =
                end != job->ends.end() ? bytes_of(end->name, kEdgeNameBytes) : std::nullopt;
            if (!name) throw NoLauncher();
            talk.send(message::Up{
                wire->link, connections.connect(wire->link, *name, wire->addresses, wire->port)});
        } else if (std::holds_alternative<message::Start>(next)) {
            break;
        } else {
            throw NoLauncher();
        }
    }
    NodeHost others(plan, *job, talk, connections);
    const auto words = static_cast<StageWords>(std::clamp(job->words, 0, 3));
    return run_prepared(plan, preflight, others.watching(words), std::move(*prepared), &others);
}

}  // namespace

int run_node() {
    // somebody who has gone is seen by an error, and by the end of what is read
    const sigset_t broken = signal_set({SIGPIPE});
    ::sigprocmask(SIG_BLOCK, &broken, nullptr);
    const auto [in, out] = take_over_descriptors();
    Talk talk(in.get(), out.get(), kLongestFromLauncher);
    // a greeting of the login's may end without a newline
    (void)write_all(out.get(), "\n");
    talk.send(message::Hello{kProtocol, build_id(), machine_architecture(), machine_name(),
                             static_cast<int>(::getpid())});
    message::Refused reason;
    try {
        return run_part(talk);
    } catch (const NoLauncher&) {
        return kLostLauncher;
    } catch (const Refusal& refused) {
        reason = refused.words;
    } catch (const std::exception& error) {
        reason = refusal(error.what()).words;
    }
    talk.send(reason);
    pollfd polled{out.get(), POLLOUT, 0};
    while (!talk.flush() && ::poll(&polled, 1, -1) > 0) {
    }
    // The launcher has heard it when it hangs up.
    pollfd end{in.get(), POLLIN, 0};
    while (::poll(&end, 1, -1) >= 0 && talk.take()) {
    }
    return reason.status;
}

int run_edge() {
    constexpr std::size_t kLongest = 4096;
    const sigset_t broken = signal_set({SIGPIPE});
    ::sigprocmask(SIG_BLOCK, &broken, nullptr);
    auto [in, out] = take_over_descriptors();
    Fd socket;
    {
        Talk talk(in.get(), out.get(), kLongest);
        (void)write_all(out.get(), "\n");
        talk.send(message::Hello{kProtocol, build_id(), machine_architecture(), machine_name(),
                                 static_cast<int>(::getpid())});
        Connections connections;
        try {
            const Message first = Start(talk, connections).next();
            const auto* const to = std::get_if<message::Relay>(&first);
            const auto name = to != nullptr ? bytes_of(to->name, kEdgeNameBytes) : std::nullopt;
            if (!name) return kLostLauncher;
            const std::string error = connections.connect(0, *name, to->addresses, to->port);
            talk.send(message::Up{0, error});
            if (!error.empty()) return kOwnErrorStatus;
        } catch (const NoLauncher&) {
            return kLostLauncher;
        }
        socket = connections.take(0);
    }
    carry(in.get(), out.get(), socket.get(), socket.get());
    return 0;
}

}  // namespace pipectl::hosts
