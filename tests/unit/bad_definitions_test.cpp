// A table of bad definitions: each with the exact place, length and text of every remark.

#include <algorithm>
#include <string>
#include <vector>

#include "orchestrator/definition/parse.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;

namespace {

struct Case {
    std::string text;
    std::vector<std::string> remarks;  ///< "line:column+length message"
};

std::vector<std::string> remarks_on(const std::string& text) {
    std::vector<Diagnostic> found = parse_definition({"test.toml", text}).diagnostics;
    std::stable_sort(found.begin(), found.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
    });
    std::vector<std::string> remarks;
    for (const Diagnostic& one : found) {
        remarks.push_back(std::to_string(one.place.line) + ":" + std::to_string(one.place.column) +
                          "+" + std::to_string(one.length) + " " +
                          (one.severity == Severity::warning ? "warning: " : "") + one.message);
    }
    return remarks;
}

/// What is wrong with keys of a stage; they stand from line 3 on.
const std::vector<Case> kBadKeys = {
    {R"(nmae = "x")", {R"(3:1+4 unknown key 'nmae' in a stage; did you mean 'name'?)"}},
    {R"(name = "a b")", {R"(3:8+5 'a b' is no name of a stage)"}},
    {R"(name = "")", {R"(3:8+2 '' is no name of a stage)"}},
    {"name = 5", {R"(3:8+1 'name' must be a string, not an integer)"}},
    {R"(shell = "x")", {R"(3:1+5 'shell' and 'run' exclude each other)"}},
    {R"(use = "x")",
     {R"(3:1+3 'use' and 'run' exclude each other)",
      R"(3:7+3 no native stage 'x' ships with pipectl)"}},
    {R"(args = ["x"])", {R"(3:1+4 'args' belongs to 'use')"}},
    {R"(cmd = "x")", {R"(3:1+3 unknown key 'cmd' in a stage)"}},
    {R"(depends_on = ["x"])", {R"(3:1+10 unknown key 'depends_on' in a stage)"}},
    {R"(after = [5])",
     {R"(3:10+1 an element of 'after' must be the name of a stage or a table { stage, when }, not an integer)"}},
    {R"(after = { when = "ended" })", {R"(3:9+18 'after' as a table needs 'stage')"}},
    {R"(stdout = { path = "x" })", {R"(3:12+4 unknown key 'path' in 'stdout')"}},
    {"from = \"a\"\nstdin = \"b\"", {R"(4:1+5 'from' and 'stdin' exclude each other)"}},
    {"from = []", {R"(3:8+2 'from' is empty)"}},
    {R"(from = "")", {R"(3:8+2 '' is no name of a stage)"}},
    {R"(from = "a b")", {R"(3:8+5 'a b' is no name of a stage)"}},
    {R"(from = "a.b.c")", {R"(3:8+7 'b.c' is no name of a port)"}},
    {R"(from = "a.stdin")", {R"(3:8+9 a stage's stdin cannot be read)"}},
    {R"(signals = { block = ["KILL"] })", {R"(3:22+6 SIGKILL cannot be blocked)"}},
    {R"(notify = "x")", {R"(3:10+3 'notify' must be an array of tables, not a string)"}},
    {R"(notify = [{ stage = "b" }])", {R"(3:11+15 an entry of 'notify' needs 'signal')"}},
    {R"(notify = [{ when = "later", stage = "b", signal = "USR1" }])",
     {R"(3:20+7 'when' must be one of 'ended' and 'first-byte', not 'later')"}},
    {"talks-to = 7",
     {R"(3:12+1 'talks-to' must be the name of a stage or a table { stage, via }, not an integer)"}},
    {R"(talks-to = "")", {R"(3:12+2 '' is no name of a stage)"}},
    {R"(talks-to = "b.stderr")", {R"(3:12+10 'talks-to' names a stage, not one of its ports)"}},
    {R"(talks-to = { via = "unix" })", {R"(3:12+16 'talks-to' as a table needs 'stage')"}},
    {R"(talks-to = { stage = "b", buffer = "1k" })",
     {R"(3:27+6 unknown key 'buffer' in 'talks-to')"}},
    {"from = 7",
     {R"(3:8+1 'from' must be "stage", "stage.port" or a table { stage, port, via, buffer }, not an integer)"}},
    {R"(from = ["a", true])",
     {R"(3:14+4 an element of 'from' must be "stage", "stage.port" or a table { stage, port, via, buffer }, not a boolean)"}},
    {R"(from = { port = "bad" })", {R"(3:8+16 an input as a table needs 'stage')"}},
    {R"(from = { stage = "a.b" })", {R"(3:18+5 'a.b' is no name of a stage)"}},
    {R"(from = { stage = "a", prt = "x" })",
     {R"(3:23+3 unknown key 'prt' in an input; did you mean 'port'?)"}},
    {R"(from = { stage = "a", size = "1k" })", {R"(3:23+4 unknown key 'size' in an input)"}},
    {R"(via = "")", {R"(3:7+2 the name of a channel is empty)"}},
    {"via = 1",
     {R"(3:7+1 'via' must be the name of a channel or a table { channel = "..", .. }, not an integer)"}},
    {R"(via = { size = "1MiB" })", {R"(3:7+17 'via' as a table needs 'channel')"}},
    {R"(via = { channel = "pipe", size = [1] })",
     {R"(3:34+3 'size' must be a string, a number or a boolean, not an array)"}},
    {R"(buffer = "spil")",
     {R"(3:10+6 'buffer' must be a size, "spill", "none" or a table { memory, disk }, not 'spil'; did you mean 'spill'?)"}},
    {R"(buffer = "64KB")", {R"(3:10+6 size '64KB' could mean 1000 or 1024; write kB or KiB)"}},
    {"buffer = -1", {R"(3:10+2 'buffer' must not be negative)"}},
    {"buffer = true",
     {R"(3:10+4 'buffer' must be a size, "spill", "none" or a table { memory, disk }, not a boolean)"}},
    {"buffer = { memry = 1 }",
     {R"(3:12+5 unknown key 'memry' in a buffer; did you mean 'memory'?)"}},
    {"buffer = { memory = 1.5 }",
     {R"(3:21+3 'memory' must be a size such as "64KiB", not a number with a fraction)"}},
    {R"(fan-out = "dael")",
     {R"(3:11+6 unknown way to share a port: 'dael'; did you mean 'deal'?)"}},
    {"fan-out = { field = 1 }", {R"(3:11+13 'fan-out' as a table needs 'by')"}},
    {R"(fan-out = { by = "copy", field = 1 })",
     {R"(3:26+5 'field' belongs to by = "hash" or "type")"}},
    {R"(fan-out = { by = "hash", field = 0 })",
     {R"(3:34+1 'field' must be an integer from 1 to 1000000, not 0)"}},
    {"fan-out = 1",
     {R"(3:11+1 'fan-out' must be "copy", "deal" or a table { by = "hash", field = 1 }, not an integer)"}},
    {R"(fan-in = "line")",
     {R"(3:10+6 unknown way to gather inputs: 'line'; did you mean 'lines'?)"}},
    {"fan-in = true", {R"(3:10+4 'fan-in' must be "concat" or "lines", not a boolean)"}},
    {R"(inputs = ["a"])",
     {R"(3:10+5 'inputs' must be a table of ports, each with what feeds it: { left = "stage" }, not an array)"}},
    {R"(inputs = { stdin = "a" })", {R"(3:12+5 'stdin' is a port that every stage has)"}},
    {R"(inputs = { "a b" = "a" })", {R"(3:12+5 'a b' is no name of a port)"}},
    {"inputs = { left = 1 }",
     {R"(3:19+1 'left' must be "stage", "stage.port" or a table { stage, port, via, buffer }, not an integer)"}},
    {R"(outputs = "bad")",
     {R"(3:11+5 'outputs' must be an array of names of ports, not a string)"}},
    {R"(outputs = ["bad", "bad"])",
     {R"(3:19+5 port 'bad' is there twice; the first is on line 3)"}},
    {R"(outputs = ["stdout", "a.b", 1])",
     {R"(3:12+8 'stdout' is a port that every stage has)", R"(3:22+5 'a.b' is no name of a port)",
      R"(3:29+1 an element of 'outputs' must be a string, not an integer)"}},
    {R"(stdin = "")", {R"(3:9+2 'stdin' is an empty path)"}},
    {R"(stdin = "-")", {R"(3:9+3 '-' would be a file of that name)"}},
    {R"(stdin = "stdin")", {R"(3:9+7 'stdin' would be a file of that name)"}},
    {"stdin = 1", {R"(3:9+1 'stdin' must be a path or a table, not an integer)"}},
    {"stdin = {}",
     {R"(3:9+2 'stdin' needs a path, { text = ".." }, { null = true } or { inherit = true })"}},
    {"stdin = { null = false }", {R"(3:18+5 'null' can only be true)"}},
    {R"(stdin = { null = true, text = "x" })", {R"(3:24+4 'text' and 'null' exclude each other)"}},
    {R"(stdin = { txt = "x" })", {R"(3:11+3 unknown key 'txt' in 'stdin'; did you mean 'text'?)"}},
    {R"(stdin = { null = true, from-user = "any" })",
     {R"(3:24+9 'from-user' does not belong to 'null')"}},
    {R"(stdin = { udp = ":9000" })", {R"(3:11+3 'udp' needs raw = true)"}},
    {R"(stdin = { mq = "/j", type = 1, raw = true })",
     {R"(3:22+4 'type' does not belong to 'mq')"}},
    {R"(stdin = { sysv-mq = "1", type = 1 })", {R"(3:26+4 'type' needs raw = true)"}},
    {R"(stdin = { fifo = "" })", {R"(3:18+2 'fifo' is an empty address)"}},
    {"stdin = { listen = 9000 }", {R"(3:20+4 'listen' must be an address, not an integer)"}},
    {R"(stdout = { mq = "/jobs", null = true })", {R"(3:26+4 'null' and 'mq' exclude each other)"}},
    {R"(stdout = "stderr")", {R"(3:10+8 'stderr' would be a file of that name)"}},
    {R"(stderr = "null")", {R"(3:10+6 'null' would be a file of that name)"}},
    {R"(stdout = { file = "x", append = 1 })",
     {R"(3:33+1 'append' must be true or false, not an integer)"}},
    {R"(stdout = { file = "x", empty = "fail" })",
     {R"(3:32+6 'empty' must be "refuse" or "keep")"}},
    {R"(stdout = { null = true, empty = "refuse" })", {R"(3:25+5 'empty' belongs to 'file')"}},
    {"stdout = { append = true }",
     {R"(3:10+17 'stdout' needs a path, { file = ".." }, { null = true } or { inherit = true })"}},
    {"stdout = { null = true, append = true }", {R"(3:25+6 'append' belongs to 'file')"}},
    {R"(stdout = { file = "" })", {R"(3:19+2 'file' is an empty path)"}},
    {R"(env = "x")", {R"(3:7+3 'env' must be a table of variables, not a string)"}},
    {"env = { A = 1 }", {R"(3:13+1 'A' must be a string, not an integer)"}},
    {R"(env = { "A=B" = "x", "" = "y" })",
     {R"(3:9+5 'A=B' is no name of an environment variable)",
      R"(3:22+2 '' is no name of an environment variable)"}},
    {R"(env = { PIPECTL_IN_a = "x" })",
     {R"(3:9+12 'PIPECTL_IN_a' is set by pipectl itself, from the stage's ports)"}},
    {R"(cwd = "")", {R"(3:7+2 'cwd' is an empty path)"}},
    {R"(cwd = "${in.a}")", {R"(3:8+7 '${in.a}' cannot be used here)"}},
    {"umask = 22", {R"(3:9+2 'umask' 22 is not in octal)"}},
    {R"(umask = "8")", {R"(3:9+3 'umask' must be a mask from "000" to "777", not '8')"}},
    {"umask = 0o1000", {R"(3:9+6 'umask' must be from 0o0 to 0o777)"}},
    {R"(umask = "1777")", {R"(3:9+6 'umask' must be a mask from "000" to "777", not '1777')"}},
    {"nice = -21", {R"(3:8+3 'nice' must be an integer from -20 to 19, not -21)"}},
    {R"(nice = "5")", {R"(3:8+3 'nice' must be an integer from -20 to 19, not a string)"}},
    {"nice = 1.0",
     {R"(3:8+3 'nice' must be an integer from -20 to 19, not a number with a fraction)"}},
    {"nice = true", {R"(3:8+4 'nice' must be an integer from -20 to 19, not a boolean)"}},
    {R"(user = "")", {R"(3:8+2 'user' is empty)"}},
    {"user = -1", {R"(3:8+2 'user' must be an integer from 0 to 4294967294, not -1)"}},
    {"ok = 3", {R"(3:6+1 'ok' must be an array of exit statuses or "any", not an integer)"}},
    {R"(ok = "all")", {R"(3:6+5 'ok' must be an array of exit statuses or "any")"}},
    {"ok = []", {R"(3:6+2 'ok' is empty: no status would be a success)"}},
    {R"(ok = [256, -1, "0"])",
     {R"(3:7+3 an element of 'ok' must be an integer from 0 to 255, not 256)",
      R"(3:12+2 an element of 'ok' must be an integer from 0 to 255, not -1)",
      R"(3:16+3 an element of 'ok' must be an integer from 0 to 255, not a string)"}},
    {"timeout = 5", {R"(3:11+1 'timeout' must be a duration such as "5s", not an integer)"}},
    {R"(timeout = "5")",
     {R"(3:11+3 duration '5' has no unit; write for instance '5s' for seconds)"}},
    {R"(timeout = "0s")", {R"(3:11+4 'timeout' must be longer than 0)"}},
    {R"(idle-timeout = "0s")", {R"(3:16+4 'idle-timeout' must be longer than 0)"}},
    {R"(restart = "on-failur")",
     {R"(3:11+11 'restart' must be one of 'never', 'on-failure' and 'always', not 'on-failur'; did you mean 'on-failure'?)"}},
    {R"(restart = { max = 0, delay = "0s" })",
     {R"(3:11+25 'restart' as a table needs 'when')",
      R"(3:19+1 'max' must be an integer from 1 to 2147483647, not 0)",
      R"(3:30+4 'delay' must be longer than 0)"}},
    {"restart = true",
     {R"(3:11+4 'restart' must be "never", "on-failure", "always" or a table { when, max, delay }, not a boolean)"}},
    {"replicas = 0", {R"(3:12+1 'replicas' must be an integer from 1 to 1000, not 0)"}},
    {R"(replicas = "all")", {R"(3:12+5 'replicas' must be a number or "cpus", not 'all')"}},
    {R"(block = "1MiB")", {R"(3:1+5 'block' belongs to 'replicas')"}},
    {"replicas = 2\nblock = 0", {R"(4:9+1 'block' must be from 1 byte to 1GiB)"}},
    {"replicas = 2\norder = \"ayn\"",
     {R"(4:9+5 'order' must be one of 'kept' and 'any', not 'ayn'; did you mean 'any'?)"}},
    {R"(env = { A = "${replica}" })",
     {R"(3:14+10 '${replica}' is the number of a replica, and there is none here)"}},
    {"replcas = 4", {R"(3:1+7 unknown key 'replcas' in a stage; did you mean 'replicas'?)"}},
    {R"(order = "any")", {R"(3:1+5 'order' belongs to 'replicas')"}},
    {R"(needs = { gpu = 0 })", {R"(3:17+1 'gpu' must be an integer from 1 to 32767, not 0)"}},
    {"cache = 1", {R"(3:9+1 'cache' must be true or false, not an integer)"}},
    {R"(limits = { cpu = 10, memory = "1G", files = 0, processes = "5", file-sizes = 100 })",
     {R"(3:18+2 'cpu' must be a duration such as "5s", not an integer)",
      R"(3:45+1 'files' must be an integer from 1 to 2147483647, not 0)",
      R"(3:60+3 'processes' must be an integer from 1 to 2147483647, not a string)",
      R"(3:65+10 unknown key 'file-sizes' in 'limits'; did you mean 'file-size'?)"}},
    {R"(limits = { memory = "1KiB" })",
     {R"(3:21+6 'memory' is less than any program needs to start)"}},
    {"limits = {}", {R"(3:10+2 'limits' limits nothing)"}},
    {"detach = 1", {R"(3:10+1 'detach' must be true or false, not an integer)"}},
    {R"(host = "user@x")", {R"(3:8+8 'user@x' is no name of a host)"}},
    {R"(host = "x.0")", {R"(3:8+5 'x.0' is no name of a host)"}},
    {R"(host = 5)", {R"(3:8+1 'host' must be the name of a host, not an integer)"}},
    {R"(signals = ["SIGHUP"])",
     {R"(3:11+10 'signals' must be a table { ignore, default, block, cancel }, not an array)"}},
    {R"(signals = { ignore = ["SIGHUPP"] })",
     {R"(3:23+9 unknown signal 'SIGHUPP'; did you mean 'SIGHUP'?)"}},
    {R"(signals = { ignore = ["KILL"], default = ["STOP"] })",
     {R"(3:23+6 SIGKILL cannot be ignored, caught or reset)",
      R"(3:43+6 SIGSTOP cannot be ignored, caught or reset)"}},
    {R"(signals = { ignore = ["HUP"], default = ["SIGHUP"] })",
     {R"(3:11+42 SIGHUP is in both 'ignore' and 'default')"}},
    {R"(signals = { cancel = "SIGSTOP" })", {R"(3:22+9 SIGSTOP cannot end a process)"}},
    {R"(signals = { cancle = "SIGINT" })",
     {R"(3:13+6 unknown key 'cancle' in 'signals'; did you mean 'cancel'?)"}},
    {R"(command = "x")", {R"(3:1+7 unknown key 'command' in a stage)"}},
    {"retries = 1", {R"(3:1+7 unknown key 'retries' in a stage)"}},
    {"outputs = [\"bad\"]\nenv = { P = \"${out.bda}\" }",
     {R"(4:14+10 this stage has no output 'bda'; did you mean 'bad'?)"}},
    {"inputs = { left = \"a\" }\nenv = { P = \"${in.left} ${in.right}\" }",
     {R"(4:25+11 this stage has no input 'right')"}},
    {R"(env = { A = "${x}" })", {R"(3:14+4 unknown parameter 'x')"}},
    {R"(env = { A = "$${x} $x ${" })", {R"(3:23+2 '${' is not closed)"}},
    {R"(env = { A = "${}" })", {R"(3:14+3 '${}' names nothing)"}},
    {R"(env = { A = "${env.1}" })", {R"(3:14+8 '${env.1}' does not name an environment variable)"}},
    {R"(env = { A = "${a.b}" })", {R"(3:14+6 unknown reference '${a.b}')"}},
    {R"(env = { A = "ä\u00e4 ${x}" })", {R"(3:22+4 unknown parameter 'x')"}},
    {"env = { A = \"\"\"\n\n ${x}\"\"\" }", {R"(5:2+4 unknown parameter 'x')"}},
};

const std::vector<Case> kBadFiles = {
    {"", {R"(1:1+1 there is no stage)"}},
    {"[pipeline]", {R"(1:1+1 there is no stage)"}},
    {"stage = []", {R"(1:9+2 there is no stage)"}},
    {"stage = [1]", {R"(1:10+1 a stage must be a table, not an integer)"}},
    {"[stage]\nrun = [\"a\"]",
     {R"(1:2+5 '[stage]' is one table, and stages are an array of them)"}},
    {"[[stage]]", {R"(1:1+9 this stage has no command)"}},
    {"[[stage]]\nrun = []", {R"(2:7+2 'run' is empty: it names no program)"}},
    {"[[stage]]\nrun = [\"\"]", {R"(2:8+2 the name of the program is empty)"}},
    {"[[stage]]\nrun = \"cat x\"",
     {R"(2:7+7 'run' must be an array of strings: program and arguments, not a string)"}},
    {"[[stage]]\nrun = [\"head\", \"-n\", 20]",
     {R"(2:22+2 an element of 'run' must be a string, not an integer)"}},
    {"[[stage]]\nrun = [\"a\\u0000b\"]",
     {R"(2:8+10 an element of 'run' must not hold a NUL byte: no program can be given one)"}},
    {"[[stage]]\nrun = [\"${x}\"]", {R"(2:9+4 unknown parameter 'x')"}},
    {"[[stage]]\nshell = \" \"", {R"(2:9+3 'shell' is empty)"}},
    {"[[stage]]\nshell = 1",
     {R"(2:9+1 'shell' must be a string: a line for /bin/sh, not an integer)"}},
    {"[[stage]]\nshell = \"${in.x} ${out.y} ${HOME:-x} ${name} ${env.} ${in.\"",
     {R"(2:10+7 this stage has no input 'x')", R"(2:18+8 this stage has no output 'y')",
      R"(2:46+7 '${env.}' does not name an environment variable)", R"(2:54+2 '${' is not closed)"}},
    {"[[stage]]\nuse = \"digets\"",
     {R"(2:7+8 no native stage 'digets' ships with pipectl; did you mean 'digest'?)"}},
    {"[[stage]]\nname = \"a\"\nrun = [\"x\"]\n[[stage]]\nname = \"a\"\nrun = [\"y\"]",
     {R"(5:8+3 stage name 'a' is there twice; the first is on line 2)"}},
    {R"(run = ["cat"])",
     {R"(1:1+3 unknown key 'run' in a definition)", R"(1:1+1 there is no stage)"}},
    {"name = \"x\"\n[[stage]]\nrun = [\"cat\"]", {R"(1:1+4 'name' stands outside of any table)"}},
    {"[stages]\n[[stage]]\nrun = [\"cat\"]",
     {R"(1:2+6 unknown key 'stages' in a definition; did you mean 'stage'?)"}},
    {"[[pipeline]]\n[[stage]]\nrun = [\"cat\"]",
     {R"(1:1+12 'pipeline' must be one table: [pipeline], not an array)"}},
    {"pipeline = 1\n[[stage]]\nrun = [\"cat\"]",
     {R"(1:12+1 'pipeline' must be one table: [pipeline], not an integer)"}},
    {"[pipeline]\nname = \"\"\nvia = 1\ntimeout = \"0\"\ngrace = 5\nstrict = \"yes\"\nretries = "
     "-3\nlock = 4\nrun = [\"a\"]\ngarce = \"5s\"\n[[stage]]\nrun = [\"cat\"]",
     {R"(2:8+2 the pipeline's name is empty)",
      R"(3:7+1 'via' must be the name of a channel or a table { channel = "..", .. }, not an integer)",
      R"(4:11+3 'timeout' must be longer than 0)",
      R"(5:9+1 'grace' must be a duration such as "5s", not an integer)",
      R"(6:10+5 'strict' must be true or false, not a string)",
      R"(7:11+2 'retries' must be an integer from 0 to 1000, not -3)",
      R"(8:8+1 'lock' must be a path or a table { file, shared, wait }, not an integer)",
      R"(9:1+3 unknown key 'run' in [pipeline])",
      R"(10:1+5 unknown key 'garce' in [pipeline]; did you mean 'grace'?)"}},
    {"[pipeline]\nretry-delay = \"0s\"\nlock-wait = \"1s\"\n[[stage]]\nrun = [\"cat\"]",
     {R"(2:15+4 'retry-delay' must be longer than 0)"}},
    {"[params]\na = [1]\nb = { default = 1, required = true }\nc = { required = false }\n\"d e\" = "
     "1\nf = { helq = \"x\" }\ng = 2020-01-01\n\"1\" = 1\n[[stage]]\nrun = [\"cat\"]",
     {R"(2:6+1 an element of 'a' must be a string, not an integer)",
      R"(3:20+8 'required' and 'default' exclude each other)",
      R"(4:7+8 a parameter that is not required needs 'default')",
      R"(5:1+5 'd e' is no name of a parameter)",
      R"(6:7+4 unknown key 'helq' in a parameter; did you mean 'help'?)",
      R"(8:1+3 '1' is no name of a parameter)"}},
    {"[params]\na = { type = \"int\" }\nb = { default = 5, min = 6 }\nc = { default = \"x\", min = "
     "1 }\n"
     "d = { default = \"z\", choices = [\"x\", \"y\"] }\ne = { default = [\"q\"], type = "
     "\"string\" }\n"
     "f = { default = { globb = \"x\" } }\n[[stage]]\nrun = [\"cat\", \"x${e...}\"]\nstdin = "
     "\"${e...}\"",
     {R"(2:14+5 'type' must be one of 'string', 'integer', 'number', 'boolean', 'path' and 'list', not 'int'; did you mean 'integer'?)",
      R"(3:17+1 the default of 'b' must be at least 6, not '5')", R"(4:28+1 'min' is for numbers)",
      R"(5:17+3 the default of 'd' must be one of 'x' and 'y', not 'z')",
      R"(6:17+5 a list is the default of type = "list" alone)",
      R"(7:19+5 a default as a table is { glob = "in/*.log" })",
      R"(9:17+7 '${e...}' is a word of its own in 'run' or 'args', and nothing else)",
      R"(10:10+7 '${e...}' is a word of its own in 'run' or 'args', and nothing else)"}},
    {"[params]\nx = 1\n[for-each]\njobs = 0\nhalt = \"later\"\n"
     "each = { x = [\"a\"], env = [\"b\"], f = { globb = \"*\" }, g = { param = \"y\" }, h = 1 }\n"
     "[[stage]]\nrun = [\"cat\", \"${f.stem}\", \"${i}\"]",
     {R"(4:8+1 'jobs' must be an integer from 1 to 10000, not 0)",
      R"(5:8+7 'halt' must be one of 'soon', 'now' and 'never', not 'later')",
      R"(6:10+1 'x' is a parameter already)", R"(6:21+3 'env' is no name of a variable)",
      R"(6:40+5 unknown source 'globb')", R"(6:69+3 unknown parameter 'y')",
      R"(6:80+1 'h' must be an array of texts, { glob = "in/*.log" }, { lines = "names.txt" } or { param = "names" }, not an integer)",
      R"(8:29+4 unknown parameter 'i')"}},
    {"[for-each]\n[[stage]]\nrun = [\"cat\"]", {R"(1:2+8 [for-each] needs 'each')"}},
    {"[params]\nl = { default = { glob = \"\" } }\n[for-each]\neach = { f = { glob = \"\" } }\n"
     "[[stage]]\nrun = [\"cat\"]",
     {R"(2:26+2 'glob' is empty)", R"(4:23+2 'glob' is empty)"}},
    {"[[stage]]\nrun = [\"cat\"]\n[[test]]\nexpect = { verdict = \"good\", exit = 256, out = 1 }\n"
     "[[test]]\nname = \"a\"\nstdin = \"x\"\n[[test]]\nname = \"a\"",
     {R"(3:1+8 a test needs 'name')", R"(4:22+6 there is no verdict 'good')",
      R"(4:37+3 'exit' must be an integer from 0 to 255, not 256)",
      R"(4:42+3 unknown key 'out' in 'expect')",
      R"(7:9+3 'stdin' must be { text = ".." } or { file = "data.txt" }, not a string)",
      R"(9:8+3 test 'a' is there twice)"}},
    {"params = 1\n[[stage]]\nrun = [\"cat\"]",
     {R"(1:10+1 'params' must be a table: [params], not an integer)"}},
    {"[params]\nmin-size = 1\n[[stage]]\nshell = \"echo ${min-size}\"",
     {R"(2:1+8 warning: a 'shell' stage cannot read parameter 'min-size': a variable's name has no '-')"}},
    {"[params]\nminimum = 1\n[[stage]]\nrun = [\"echo\", \"é ${minimun}\"]",
     {R"(4:19+10 unknown parameter 'minimun'; did you mean 'minimum'?)"}},
    {"[semaphores]\ngpu = 0\nx = { count = 1, scope = \"all\" }\n[[stage]]\nrun = [\"cat\"]",
     {R"(2:7+1 'gpu' must be an integer from 1 to 32767, not 0)",
      R"(3:26+5 'scope' must be one of 'run' and 'user', not 'all')"}},
    {"[hosts.a]\n[hosts.b]\nssh = \"x\"\nlocal = 2\n[hosts.here]\nlocal = 1\n[hosts.\"c "
     "d\"]\nlocal = "
     "1\n[hosts.e]\nssh = [\"-x\", \"a b\", \"\"]\naddress = \"node1\"\nports = \"9-7\"\ndir = "
     "\"\"\nenv-pass = [\"A-B\"]\n[hosts.f]\nslurm = { node = 2 }\n[hosts.g]\nssh = { config = "
     "\"x\" "
     "}\n[[stage]]\nrun = [\"cat\"]",
     {R"(1:8+1 nothing says how to get to host 'a')",
      R"(2:8+1 host 'b' has 'ssh' and 'local' at once)",
      R"(5:8+4 'here' is the machine that pipectl runs on)", R"(7:8+5 'c d' is no name of a host)",
      R"(10:8+4 '-x' would be an option of ssh, not an address)",
      R"(10:14+5 'a b' is no address: it has blanks in it)",
      R"(10:21+2 an element of 'ssh' is empty)",
      R"(11:11+7 'node1' is neither an address nor a network)", R"(12:9+5 '9-7' are no ports)",
      R"(13:7+2 'dir' is an empty path)", R"(14:13+5 'A-B' is no name of an environment variable)",
      R"(16:11+4 unknown key 'node' in 'slurm'; did you mean 'nodes'?)",
      R"(18:7+16 'ssh' as a table needs 'to')"}},
    {"[env]\nA = 1\nB = \"${in.x}\"\n[[stage]]\nrun = [\"cat\"]",
     {R"(2:5+1 'A' must be a string, not an integer)", R"(3:6+7 '${in.x}' cannot be used here)"}},
    {"a =", {R"(1:4+1 a value is missing)"}},
    {"a = b", {R"(1:5+1 'b' is no value)"}},
    {R"(a = "x)", {R"(1:5+1 this string is not closed on its line)"}},
    {R"(a = """x)", {R"(1:5+3 this string is not closed)"}},
    {"a = [1, 2", {R"(1:5+1 this array is not closed)"}},
    {"a = {b = 1,}", {R"(1:12+1 a table in braces must not end with a comma)"}},
    {"a = { b = 1,\n c = 2 }", {R"(1:13+1 a table in braces must stand on one line)"}},
    {"[a]\n[a]", {R"(2:1+3 'a' is there twice)"}},
    {"[[stage]]\n[stage]", {R"(2:1+7 '[stage]' beside '[[stage]]')"}},
    {"[[stage]]\nname = \"x\"\nname = \"y\"", {R"(3:1+4 key 'name' is there twice)"}},
    {"[a", {R"(1:3+1 a header of a table ends with ']', found the end of the file)"}},
    {R"(a = "x" b = 2)", {R"(1:9+1 unexpected 'b' after the value)"}},
    {R"(a = "\d+")", {R"(1:6+2 unknown escape '\d')"}},
    {"a = 022", {R"(1:5+3 '022' is no number)"}},
    {"a = True", {R"(1:5+4 'True' is no value)"}},
    {"a = [\u201cgrep\u201d]", {"1:6+6 '\u201cgrep\u201d' begins with a typographic quote"}},
    {"a = 5s", {R"(1:5+2 '5s' is no number)"}},
    {"a = 99999999999999999999", {R"(1:5+20 this number is too large)"}},
    {"a b = 1", {R"(1:3+1 expected '=' after the key, found 'b')"}},
    {"a: 1", {R"(1:2+1 expected '=' after the key, found ':')"}},
    {"[[stage]]\nrun = [\"a\", \"b\"\n\n[[stage]]\nrun = [\"c\"]",
     {R"(4:1+7 expected ',' or ']' in an array, found '[[stage')"}},
    {"[[stage]]\nrun = [\"a\", \"b]\n\n[[stage]]\nrun = [\"c\"]",
     {R"(2:13+1 this string is not closed on its line)"}},
};

}  // namespace

TEST_CASE("what is wrong with a key of a stage is said with its exact place") {
    for (const Case& bad : kBadKeys) {
        INFO(bad.text);
        CHECK(remarks_on("[[stage]]\nrun = [\"cat\"]\n" + bad.text) == bad.remarks);
    }
}

TEST_CASE("what is wrong with a definition is said with its exact place") {
    for (const Case& bad : kBadFiles) {
        INFO(bad.text);
        CHECK(remarks_on(bad.text) == bad.remarks);
    }
}

TEST_CASE("a word of other tools has a hint with ours") {
    const std::string stage = "[[stage]]\nrun = [\"x\"]\n";
    const auto hint_for = [](const std::string& text) {
        const auto found = parse_definition({"test.toml", text}).diagnostics;
        return found.empty() ? std::string() : found.front().message + "; " + found.front().hint;
    };
    const auto has = [](const std::string& text, const char* part) {
        INFO(text);
        CHECK(text.find(part) != std::string::npos);
    };
    has(hint_for("[[stage]]\ncmd = \"x\"\n"), "run = [..]");
    has(hint_for(stage + "depends_on = [\"y\"]\n"), "from = \"stage\"");
    has(hint_for(stage + "depends_on = [\"y\"]\n"), "after = [\"stage\"]");
    has(hint_for(stage + "stdout = { path = \"y\" }\n"), "file = \"");
    has(hint_for("[params]\np = { description = \"y\" }\n" + stage), "help = \"");
    has(hint_for(stage + "description = \"y\"\n"), "# ..");
    has(hint_for("[pipeline]\ntimeout = \"10 minutes\"\n" + stage), "10m");
}
