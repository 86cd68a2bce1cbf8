// pipectl init: a definition to start from.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "orchestrator/command/command.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr CommandOperand kInitOperands[] = {
    {"FILE", CommandOperand::Count::optional, complete_files}};

int init_command(const Given& given);

}  // namespace

extern constexpr Command kInitCommand = {
    .name = "init",
    .takes = "[FILE]",
    .brief = "a definition to start from",
    .usage = "[FILE]",
    .summary = "Write a definition to start from: it runs as it is, and says what else there is.",
    .examples = R"(
  pipectl init
  pipectl init words.toml && pipectl run words.toml
  pipectl init - | less
)",
    .help = R"(
FILE is 'pipeline.toml' when it is not given, '-' is stdout. A file that is there already is left
alone. Exit status: 0, or 125 when nothing was written.
)",
    .operands = kInitOperands,
    .run = init_command,
};

namespace {

constexpr std::string_view kStarter = R"TOML(# The most frequent words of a text.
#
#   pipectl check FILE                      all errors, nothing is started
#   pipectl plan FILE                       what would be started
#   pipectl run FILE                        run it
#   pipectl run FILE --set count=3 --summary

[pipeline]
description = "The most frequent words of a text"
# timeout = "10m"            # of the whole run; "250ms", "5s", "2h"
# grace = "5s"               # from the first cancelling signal to SIGKILL
# via = "pipe"               # the channel of every edge; 'pipectl channels' lists them
# cwd = "."                  # paths start from this file's folder, not from the caller's

[params]                     # pipectl run FILE --set NAME=VALUE
count = { help = "how many words", default = 5 }
# log = { help = "the access log", required = true }
# key = { help = "of the service", required = true, secret = true }

# [env]                      # for every stage
# LC_ALL = "C"

# Each stage is a process and reads the one above it. 'run' is a program with its arguments: no shell
# stands in between, so nothing in a parameter or a file's name is ever executed.
[[stage]]
name = "words"
run = ["tr", "-cs", "[:alpha:]", "\\n"]
stdin = { text = """
How many pipes does a pipeline need? As many pipes as the pipeline has stages, less one.
""" }                        # a path: stdin = "book.txt"; without the key: pipectl's own stdin

# 'shell' is a line for /bin/sh; parameters arrive as variables: "$count".
[[stage]]
name = "tally"
shell = "tr '[:upper:]' '[:lower:]' | sort | uniq -c"
# via = { channel = "unix" } # the channel that feeds this stage
# ok = [0, 1]                # statuses that are a success

[[stage]]
name = "rank"
run = ["sort", "-k1,1nr", "-k2"]
# timeout = "1m"

[[stage]]
name = "top"
run = ["head", "-n", "${count}"]
# stdout = "top.txt"         # replaced when the whole run has succeeded, and only then

# Stages need not be a chain: from = "words" reads that stage as well, from = "words.stderr" its
# messages, from = ["a", "b"] one after the other.
)TOML";

int write_new_file(const std::string& path) {
    const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!file && errno == EEXIST) {
        return own_error("'" + path + "' is there already; it was left as it is");
    }
    const int error = file ? write_all(file.get(), kStarter) : errno;
    if (error != 0) {
        if (file) ::unlink(path.c_str());
        return own_error("cannot write '" + path + "': " + errno_text(error));
    }
    print_error("pipectl: wrote '" + printable(path) + "'; try: pipectl run " + quote_word(path) +
                "\n");
    return 0;
}

int init_command(const Given& given) {
    const std::string path = given.operands().empty() ? "pipeline.toml" : given.operand(0);
    return path == "-" ? print(kStarter) : write_new_file(path);
}

}  // namespace

}  // namespace pipectl
