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
  pipectl send --listen unix:/run/user/1000/x.sock < file
)",
    .help = R"(
Endpoints: see 'pipectl recv --help'. With --lines each line is a record, which queues and
packets keep.

Exit status: 0 when all was handed over; 141 when the receiver left; 1 on an error; 125 for a
wrong endpoint.
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
