// pipectl recv: the receiving end of a channel by hand.

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/become_helper.hpp"
#include "orchestrator/cli/commands.hpp"

namespace pipectl {

namespace {

constexpr CommandHelp kRecvHelp = {
    "recv", "[OPTIONS] ENDPOINT", "What comes from an endpoint, to stdout.",
    "  pipectl recv fifo:./x | wc -l          in one terminal\n"
    "  seq 1000 | pipectl send fifo:./x       in another\n"
    "  pipectl recv shm:/ring > copy\n"
    "  pipectl recv tcp:127.0.0.1:9000\n"
    "  pipectl recv mq:/jobs                  what was sent yesterday\n",
    "Endpoints: fifo:PATH, unix:PATH, unix:@NAME, tcp:HOST:PORT (HOST as a number), mq:/NAME,\n"
    "sysv-mq:KEY, and KIND:NAME for shm, sysv-shm, mmap, udp, raw, unix-seqpacket, unix-dgram, "
    "where\n"
    "whoever comes first waits for the other. 'recv' listens on a socket and 'send' connects, "
    "unless\n"
    "the options say otherwise. A queue must be this user's alone, and pipectl's own.\n"
    "\n"
    "Exit status: 0 after the end of data; 1 when the sender died before it (a FIFO and a stream\n"
    "socket cannot tell), or on an error; 125 for a wrong endpoint.\n"};

}  // namespace

int recv_command(const std::vector<std::string>& words) {
    bool listen = false;
    bool connect = false;
    std::string from_user;
    std::string endpoint;
    Arguments arguments(kRecvHelp);
    arguments.flag("--listen", listen, "wait for the sender to connect (the default)");
    arguments.flag("--connect", connect, "connect to a sender that listens");
    arguments.option("--from-user", from_user, "any",
                     "whoever is at the other side; otherwise this user and root alone");
    arguments.file(endpoint, "ENDPOINT");
    if (const auto status = arguments.parse(words)) {
        return *status;
    }
    std::vector<std::string> job = {"get"};
    if (listen) job.emplace_back("--listen");
    if (connect) job.emplace_back("--connect");
    if (!from_user.empty()) job.insert(job.end(), {"--from-user", from_user});
    job.push_back(endpoint);
    return become_helper(job);
}

}  // namespace pipectl
