// Readers that leave: what their writers are told, and how long the verdict on a writer waits for
// the end of its reader.

#include <signal.h>

#include <chrono>

#include "orchestrator/process/descendants.hpp"
#include "orchestrator/run/supervisor.hpp"

namespace pipectl {

namespace {

using std::chrono::milliseconds;

/// How long a reader that has closed its input may take to end, in steps of 50 ms.
constexpr int kPatienceRounds = 10;
/// How often a helper is told that a reader has left.
constexpr int kTellingRounds = 5;

}  // namespace

void Supervisor::watch_writer(int link) {
    check_writer(link, 0);
}

void Supervisor::check_writer(int link, int round) {
    const int writer = plan_.links[static_cast<std::size_t>(link)].writer;
    if (!director_.is_running(writer)) {
        return;
    }
    if (plan_.processes[static_cast<std::size_t>(writer)].role == Role::helper) {
        links_.let_writer_fail(link);  // ours know what EPIPE means
        if (plan_.links[static_cast<std::size_t>(link)].kind->follower && round < kTellingRounds) {
            // again a little later, should it have been too young to hear
            tell_helper(writer, link);
            after(milliseconds(5 << round), [this, link, round] { check_writer(link, round + 1); });
        }
        return;
    }
    if (links_.writer_goes_on(link)) {
        send_signal(writer, SIGPIPE);
        // Who ignores SIGPIPE must get its error from the channel.
        after(milliseconds(100), [this, link] { links_.let_writer_fail(link); });
        return;
    }
    const auto pause = round < 200 ? milliseconds(5) : milliseconds(50);
    after(pause, [this, link, round] { check_writer(link, round + 1); });
}

/// A file never says that its reader has left; see stages/programs/readers.hpp.
void Supervisor::tell_helper(int process, int link) {
    for (const Descriptor& descriptor :
         plan_.processes[static_cast<std::size_t>(process)].descriptors) {
        if (descriptor.what != Descriptor::What::link_writer || descriptor.index != link) continue;
        sigval value{};
        value.sival_int = descriptor.number;
        ::sigqueue(children_[static_cast<std::size_t>(process)].pid, SIGRTMIN, value);
    }
}

bool Supervisor::is_exiting(int process) {
    ProcessStat stat;
    const pid_t pid = children_[static_cast<std::size_t>(process)].pid;
    return pid > 0 && read_process_stat(pid, stat) && stat.exiting();
}

bool Supervisor::is_abandoned(int link) {
    return links_.is_abandoned(link);
}

void Supervisor::start_patience(int process, int reader) {
    check_patience(process, reader, 0);
}

void Supervisor::check_patience(int process, int reader, int round) {
    // A reader that is about to end only waits for its turn on a processor; one that sleeps lives
    // on.
    ProcessStat stat;
    const pid_t pid = children_[static_cast<std::size_t>(reader)].pid;
    const bool busy = pid > 0 && read_process_stat(pid, stat) && stat.state != 'S';
    if (round >= kPatienceRounds && (!busy || round >= 10 * kPatienceRounds)) {
        director_.patience_over(process);
        return;
    }
    after(milliseconds(50), [=, this] { check_patience(process, reader, round + 1); });
}

}  // namespace pipectl
