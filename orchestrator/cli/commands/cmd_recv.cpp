// pipectl recv: the receiving end of a channel by hand.

#include "orchestrator/cli/completers.hpp"
#include "orchestrator/cli/endpoint_job.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/given.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kRecvOptions[] = {
    {"--listen", {}, "wait for the sender to connect (the default)"},
    {"--connect", {}, "connect to a sender that listens"},
    kFromUserOption,
};

constexpr CommandOperand kRecvOperands[] = {
    {"ENDPOINT", CommandOperand::Count::one, complete_endpoints}};

int recv_command(const Given& given);

}  // namespace

extern constexpr Command kRecvCommand = {
    .name = "recv",
    .takes = "ENDPOINT",
    .brief = "its receiving end",
    .usage = "[OPTIONS] ENDPOINT",
    .summary = "What comes from an endpoint, to stdout.",
    .examples = R"(
  pipectl recv fifo:./x | wc -l          in one terminal
  seq 1000 | pipectl send fifo:./x       in another
  pipectl recv shm:/ring > copy
  pipectl recv tcp:127.0.0.1:9000
  pipectl recv mq:/jobs                  what was sent yesterday
)",
    .help = R"(
Endpoints: fifo:PATH, unix:PATH, unix:@NAME, tcp:HOST:PORT (HOST as a number), mq:/NAME,
sysv-mq:KEY, and KIND:NAME for shm, sysv-shm, mmap, udp, raw, unix-seqpacket, unix-dgram, where
whoever comes first waits for the other. 'recv' listens on a socket and 'send' connects, unless
the options say otherwise. A queue must be this user's alone, and pipectl's own.

Exit status: 0 after the end of data; 1 when the sender died before it (a FIFO and a stream
socket cannot tell), or on an error; 125 for a wrong endpoint.
)",
    .options = kRecvOptions,
    .operands = kRecvOperands,
    .run = recv_command,
};

namespace {

int recv_command(const Given& given) {
    return become_endpoint("get", given);
}

}  // namespace

}  // namespace pipectl
