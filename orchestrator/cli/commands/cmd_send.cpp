// pipectl send: the sending end of a channel by hand.

#include "orchestrator/cli/completers.hpp"
#include "orchestrator/cli/endpoint_job.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/given.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kSendOptions[] = {
    {"--listen", {}, "wait for the receiver to connect"},
    {"--connect", {}, "connect to a receiver that listens (the default)"},
    {"--lines", {}, "each line is a record"},
    kFromUserOption,
    kRawOption,
    {"--type", "N", "of --raw: type of a System V message; 1 unless said otherwise"},
    {"--priority", "P", "of --raw: priority in a POSIX queue, 0 to 32767"},
    kNoWaitOption,
    kFramingOption,
};

constexpr CommandOperand kSendOperands[] = {
    {"ENDPOINT", CommandOperand::Count::one, complete_endpoints}};

int send_command(const Given& given);

}  // namespace

extern constexpr Command kSendCommand = {
    .name = "send",
    .takes = "ENDPOINT",
    .brief = "a channel's sending end by hand",
    .usage = "[OPTIONS] ENDPOINT",
    .summary = "What comes from stdin, to an endpoint.",
    .examples = R"(
  seq 1000 | pipectl send fifo:./x
  tar c . | pipectl send shm:/ring
  pipectl send --lines mq:/jobs < jobs.txt
  pipectl send --raw --type 3 sysv-mq:0x5121 < jobs.txt
  pipectl send --raw --priority 9 mq:/jobs < urgent.txt
  pipectl send --raw udp:127.0.0.1:9000 < lines
  pipectl send --listen unix:/run/user/1000/x.sock < file
)",
    .help = R"(
Endpoints: see 'pipectl recv --help'. With --lines each line is a record, which queues and
packets keep.

With --raw the other side is any program (see recv): each line is a message, without its newline.
With --framing length a message stands behind its length (4 bytes, the highest first). One that is
longer than the queue or a datagram may have is an error, after those before it were sent.

Exit status: 0 when all was handed over; 141 when the receiver left; 1 on an error, or with
--no-wait when there is no room; 125 for a wrong endpoint.
)",
    .options = kSendOptions,
    .operands = kSendOperands,
    .run = send_command,
};

namespace {

int send_command(const Given& given) {
    return become_endpoint("put", given);
}

}  // namespace

}  // namespace pipectl
