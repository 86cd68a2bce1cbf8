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
    kRawOption,
    {"--type", "TYPE", "of --raw: N, that type alone; -N: the lowest type up to N first"},
    {"--count", "N", "of --raw: so many messages, and waits for them"},
    {"--follow", {}, "of --raw: goes on until a signal ends it"},
    kNoWaitOption,
    {"--peek", {}, "of --raw: shows what waits, and takes nothing (System V)"},
    kFramingOption,
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
  pipectl recv --raw sysv-mq:0x5121      what another program has left there
  pipectl recv --raw --type -3 --count 1 sysv-mq:0x5121
  pipectl recv --raw --follow udp:127.0.0.1:9000
)",
    .help = R"(
Endpoints: fifo:PATH, unix:PATH, unix:@NAME, tcp:HOST:PORT (HOST as a number), mq:/NAME,
sysv-mq:KEY, and KIND:NAME for shm, sysv-shm, mmap, udp, raw, unix-seqpacket, unix-dgram, where
whoever comes first waits for the other. 'recv' listens on a socket and 'send' connects, unless
the options say otherwise. A queue must be this user's alone, and pipectl's own.

With --raw the other side is any program: mq_send(3), msgsnd(2), sendto(2). Endpoints are then
mq:/NAME, sysv-mq:KEY, udp:HOST:PORT, unix-dgram:PATH and unix-dgram:@NAME. Each message is written
as a line; with --framing length as its length (4 bytes, the highest first) and its bytes. It takes
what is there, and ends; a socket, where nothing can be before, waits for the first datagram and
ends 0.2 s after the last. A queue gives the highest priority first, then the oldest. Nothing is taken
that cannot be written. What a socket has lost for want of room is told on stderr. A queue, or a
datagram at a local name, of another user is refused unless --from-user any; who has sent a UDP
datagram the kernel does not tell.

Exit status: 0 after the end of data; 1 when the sender died before it (a FIFO and a stream
socket cannot tell), on an error, or with --no-wait when nothing was there; 125 for a wrong
endpoint.
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
