// pipectl send: the sending end of a channel by hand.

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/become_helper.hpp"
#include "orchestrator/cli/commands.hpp"

namespace pipectl {

namespace {

constexpr CommandHelp kSendHelp = {
    "send", "[OPTIONS] ENDPOINT", "What comes from stdin, to an endpoint.",
    "  seq 1000 | pipectl send fifo:./x\n"
    "  tar c . | pipectl send shm:/ring\n"
    "  pipectl send --lines mq:/jobs < jobs.txt\n"
    "  pipectl send --listen unix:/run/user/1000/x.sock < file\n",
    "Endpoints: see 'pipectl recv --help'. With --lines each line is a record, which queues and\n"
    "packets keep.\n"
    "\n"
    "Exit status: 0 when all was handed over; 141 when the receiver left; 1 on an error; 125 for "
    "a\n"
    "wrong endpoint.\n"};

}  // namespace

int send_command(const std::vector<std::string>& words) {
    bool listen = false;
    bool connect = false;
    bool lines = false;
    std::string from_user;
    std::string endpoint;
    Arguments arguments(kSendHelp);
    arguments.flag("--listen", listen, "wait for the receiver to connect");
    arguments.flag("--connect", connect, "connect to a receiver that listens (the default)");
    arguments.flag("--lines", lines, "each line is a record");
    arguments.option("--from-user", from_user, "any",
                     "whoever is at the other side; otherwise this user and root alone");
    arguments.file(endpoint, "ENDPOINT");
    if (const auto status = arguments.parse(words)) {
        return *status;
    }
    std::vector<std::string> job = {"put"};
    if (listen) job.emplace_back("--listen");
    if (connect) job.emplace_back("--connect");
    if (lines) job.emplace_back("--lines");
    if (!from_user.empty()) job.insert(job.end(), {"--from-user", from_user});
    job.push_back(endpoint);
    return become_helper(job);
}

}  // namespace pipectl
