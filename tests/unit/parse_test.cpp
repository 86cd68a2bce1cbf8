#include "orchestrator/definition/parse.hpp"

#include <chrono>
#include <csignal>
#include <string>

#include "tests/support/catch.hpp"

using namespace pipectl;
using std::chrono::milliseconds;

namespace {

using Kind = Template::Piece::Kind;

/// A definition that must be without remarks.
Definition good(const std::string& text) {
    SourceText source{"folder/test.toml", text};
    ParseResult result = parse_definition(source);
    INFO(text);
    INFO(render_diagnostics(source, result.diagnostics, false));
    REQUIRE(result.readable);
    REQUIRE(result.diagnostics.empty());
    return result.definition;
}

/// The only stage of a definition that has these lines below its header.
Stage only_stage(const std::string& keys) {
    return good("[[stage]]\n" + keys).stages.at(0);
}

/// "text|<kind letter>name|..", for comparing.
std::string shown(const Template& text) {
    std::string all;
    for (const Template::Piece& piece : text.pieces) {
        constexpr std::string_view kLetters = "tpeio";
        all += all.empty() ? "" : "|";
        all += kLetters[static_cast<std::size_t>(piece.kind)];
        all += ":" + piece.value;
    }
    return all;
}

std::string names(const Definition& definition) {
    std::string all;
    for (const Stage& one : definition.stages) {
        all += (all.empty() ? "" : " ") + one.name.value;
    }
    return all;
}

std::string run_stage(const std::string& program) {
    return "[[stage]]\nrun = ['" + program + "']\n";
}

}  // namespace

TEST_CASE("a whole definition is read") {
    const Definition read = good(R"([pipeline]
name = "slow-requests"
description = "Which pages were slow yesterday"
via = "pipe"
timeout = "10m"
grace = "1500ms"
strict = false
pipefail = true
cwd = "."

[params]
log     = { help = "the access log", required = true }
minimum = { help = "milliseconds", default = 500, secret = true }
plain = "x"
open = { help = "no default: it has to be set" }

[env]
LC_ALL = "C"
ANOTHER = "${plain}"

[[stage]]
name = "read"
run = ["zcat", "${log}"]

[[stage]]
name = "count"
shell = "sort | uniq -c"
via = { channel = "shm", size = "8MiB", nodelay = true }
env.A = "1"
)");
    CHECK(read.name == "slow-requests");
    CHECK(read.description == "Which pages were slow yesterday");
    REQUIRE(read.via);
    CHECK(read.via->channel.value == "pipe");
    CHECK(Place(read.via->channel.place) == Place{4, 7});
    CHECK(read.timeout == milliseconds(600'000));
    CHECK(read.grace == milliseconds(1500));
    CHECK_FALSE(read.strict);
    CHECK(read.pipefail);
    REQUIRE(read.cwd);
    REQUIRE(read.parameters.size() == 4);
    CHECK(read.parameters[0].name.value == "log");
    CHECK(read.parameters[0].required);
    CHECK(read.parameters[1].secret);
    CHECK(read.parameters[1].default_value == Scalar(std::int64_t{500}));
    CHECK_FALSE(read.parameters[2].required);
    CHECK(read.parameters[3].required);
    REQUIRE(read.env.size() == 2);
    CHECK(read.env[0].first == "LC_ALL");
    CHECK(shown(read.env[1].second) == "p:plain");
    REQUIRE(read.stages.size() == 2);
    CHECK(Place(read.stages[0].place) == Place{21, 1});
    CHECK(Place(read.stages[0].name.place) == Place{22, 8});
    CHECK(Place(read.stages[0].command_place) == Place{23, 7});
    CHECK(shown(read.stages[0].run[1]) == "p:log");
    CHECK(Place(read.stages[0].run[1].place) == Place{23, 16});
    const Stage& count = read.stages[1];
    CHECK(count.command == Stage::Command::shell);
    CHECK(count.via->options.at(0).name.value == "size");
    CHECK(count.via->options.at(0).value == Scalar(std::string("8MiB")));
    CHECK(count.via->options.at(1).value == Scalar(true));
    CHECK(count.env.at(0).first == "A");
}

TEST_CASE("the pipeline is named after its file") {
    CHECK(good(run_stage("cat")).name == "test");
    CHECK(parse_definition({"<stdin>", ""}).definition.name == "stdin");
    CHECK(parse_definition({"a/b.c", ""}).definition.name == "b.c");
}

TEST_CASE("a stage without a name is named after its program") {
    CHECK(names(good(run_stage("cat") + run_stage("/usr/bin/sort") + run_stage("cat") +
                     run_stage("g++ x") + run_stage("cat"))) == "cat sort cat-2 g---x cat-3");
    CHECK(names(good("[[stage]]\nshell = 'a'\n[[stage]]\nshell = 'b'\n")) == "sh sh-2");
    CHECK(names(good("[params]\np = 'x'\n" + run_stage("cat") + run_stage("${p}") +
                     run_stage("/"))) == "cat stage-2 stage-3");
    // a name that somebody wrote is never taken by one that nobody wrote
    CHECK(names(good(run_stage("cat") + "[[stage]]\nname = 'cat'\nrun = ['x']\n" +
                     "[[stage]]\nname = 'cat-2'\nrun = ['x']\n")) == "cat-3 cat cat-2");
}

TEST_CASE("references are split from the text around them") {
    const auto argument = [](const std::string& text) {
        return shown(
            good("[params]\na = 1\nb-c = 2\n[[stage]]\ninputs = { l = 'x' }\noutputs = ['bad']\n"
                 "run = ['cat', '" +
                 text + "']\n")
                .stages.at(0)
                .run.at(1));
    };
    CHECK(argument("plain $2 {x} $ $$ {}") == "t:plain $2 {x} $ $$ {}");
    CHECK(argument("${a}") == "p:a");
    CHECK(argument("x${a}y${b-c}") == "t:x|p:a|t:y|p:b-c");
    CHECK(argument("${a}${a}") == "p:a|p:a");
    CHECK(argument("${env.HOME}/x") == "e:HOME|t:/x");
    CHECK(argument("${in.l}${out.bad}") == "i:l|o:bad");
    CHECK(argument("$${a} $$${a}") == "t:${a} $${a}");
    CHECK(argument("$1${a}") == "t:$1|p:a");
    CHECK(argument("").starts_with("t:"));
}

TEST_CASE("in a shell's text only ports and the environment are ours") {
    const auto text = [](const std::string& line) {
        return shown(
            only_stage("inputs = { l = 'x' }\noutputs = ['bad']\nshell = '''" + line + "'''\n")
                .shell);
    };
    CHECK(text("echo $x ${name} ${x:-${y}} ${#a} ${") == "t:echo $x ${name} ${x:-${y}} ${#a} ${");
    CHECK(text("a ${in.l} b ${out.bad}") == "t:a |i:l|t: b |o:bad");
    CHECK(text("${x:-${in.l}}") == "t:${x:-|i:l|t:}");
    CHECK(text("echo ${env.HOME}") == "t:echo ${HOME}");
    CHECK(text("$${in.l}") == "t:${in.l}");
    CHECK(text("$$") == "t:$$");
}

TEST_CASE("split_template tells of an open reference") {
    std::string error;
    CHECK(shown(split_template("a${b}c", {1, 1}, error)) == "t:a|p:b|t:c");
    CHECK(error.empty());
    CHECK(shown(split_template("a${b", {1, 1}, error)) == "t:a${b");
    CHECK(error == "'${' is not closed");
}

TEST_CASE("all forms of wiring are read, in the order of the file") {
    const Stage one = only_stage(R"(run = ["x"]
from = ["a", "b.bad", { stage = "c", port = "stderr", via = "tcp", buffer = "1MiB" }]
inputs = { z = "a", b = ["a", "b"], a = { stage = "c" } }
outputs = ["o2", "o1"]
fan-out = { by = "hash", field = 2 }
fan-in = "lines"
buffer = { memory = "64MiB", disk = 1000 }
)");
    REQUIRE(one.from.size() == 3);
    CHECK(one.from[0].stage.value == "a");
    CHECK(one.from[0].port == "stdout");
    CHECK(one.from[1].port == "bad");
    CHECK(Place(one.from[1].stage.place) == Place{3, 14});
    CHECK(one.from[2].port == "stderr");
    CHECK(one.from[2].via->channel.value == "tcp");
    CHECK(one.from[2].buffer->room == 1U << 20U);
    REQUIRE(one.inputs.size() == 3);
    CHECK(one.inputs[0].name.value == "z");
    CHECK(one.inputs[1].feeds.size() == 2);
    CHECK(one.inputs[2].name.value == "a");
    CHECK(one.outputs.at(0).value == "o2");
    CHECK(one.fan_out->kind == FanOut::Kind::hash);
    CHECK(one.fan_out->field == 2);
    CHECK(one.fan_in->value == FanInKind::lines);
    CHECK(one.buffer->kind == Buffer::Kind::spill);
    CHECK(one.buffer->memory == 64U << 20U);
    CHECK(one.buffer->disk == 1000);
    CHECK(only_stage("run=['x']\nbuffer = 'none'").buffer->kind == Buffer::Kind::none);
    CHECK(only_stage("run=['x']\nbuffer = 0").buffer->kind == Buffer::Kind::none);
    CHECK(only_stage("run=['x']\nbuffer = 'spill'").buffer->kind == Buffer::Kind::spill);
    CHECK(only_stage("run=['x']\nfan-out = 'deal'").fan_out->kind == FanOut::Kind::deal);
    CHECK(only_stage("run=['x']\nfan-out = { by = 'copy' }").fan_out->kind == FanOut::Kind::copy);
    CHECK(only_stage("run=['x']\nfan-out = { by = 'hash' }").fan_out->field == 0);
}

TEST_CASE("all forms of ends are read") {
    const auto in = [](const std::string& value) {
        return only_stage("run=['x']\nstdin = " + value).in;
    };
    CHECK(shown(std::get<FileInput>(in("'x'")).path) == "t:x");
    CHECK(shown(std::get<FileInput>(in("{ file = 'y' }")).path) == "t:y");
    CHECK(shown(std::get<TextInput>(in("{ text = 'a${env.B}' }")).text) == "t:a|e:B");
    CHECK(std::holds_alternative<Null>(in("{ null = true }")));
    CHECK(std::holds_alternative<Inherit>(in("{ inherit = true }")));
    const auto out = [](const std::string& key, const std::string& value) {
        const Stage one = only_stage("run=['x']\n" + key + " = " + value);
        return key == "stdout" ? one.out : one.err;
    };
    const auto plain = std::get<FileOutput>(out("stdout", "'x'"));
    CHECK((!plain.atomic && !plain.append && !plain.durable));  // the stream decides
    const auto log =
        std::get<FileOutput>(out("stderr", "{ file = 'x', append = true, durable = true }"));
    CHECK((log.append && log.durable));
    CHECK(std::get<FileOutput>(out("stdout", "{ file = 'x', atomic = false }")).atomic == false);
    CHECK(std::holds_alternative<JoinStdout>(out("stderr", "'stdout'")));
    CHECK(std::holds_alternative<Null>(out("stderr", "{ null = true }")));
    CHECK(std::holds_alternative<Inherit>(out("stdout", "{ inherit = true }")));
}

TEST_CASE("what a process is given is read") {
    const Stage one = only_stage(R"(run = ["x"]
umask = "027"
nice = -5
user = 1000
ok = [0, 1, 141]
timeout = "1m"
detach = true
cwd = "${env.HOME}"
signals = { ignore = ["HUP", "SIGUSR1"], default = ["int"], cancel = "SIGINT" }
)");
    CHECK(one.umask == 027U);
    CHECK(one.nice->value == -5);
    CHECK(one.user->value == "1000");
    CHECK(one.ok == std::vector<int>{0, 1, 141});
    CHECK(one.timeout == milliseconds(60'000));
    CHECK(one.detach);
    CHECK(shown(*one.cwd) == "e:HOME");
    CHECK(one.signals.ignore == std::vector<int>{SIGHUP, SIGUSR1});
    CHECK(one.signals.reset == std::vector<int>{SIGINT});
    CHECK(one.signals.cancel == SIGINT);
    CHECK(only_stage("run=['x']\numask = 0o22").umask == 022U);
    CHECK(only_stage("run=['x']\nok = 'any'").any_ok);
    CHECK(only_stage("run=['x']").ok == std::vector<int>{0});
}

TEST_CASE("a definition may be a script, have a byte order mark, and end its lines with CR LF") {
    good("#!/usr/bin/env -S pipectl run\n" + run_stage("cat"));
    good("\xef\xbb\xbf" + run_stage("cat"));
    good("[[stage]]\r\nrun = [\"cat\"]\r\n");
    good("stage = [{ run = ['cat'] }, { run = ['sort'] }]");
}

TEST_CASE("a text that is not TOML leaves nothing to plan") {
    const ParseResult result = parse_definition({"x", "[[stage]]\nrun = ["});
    CHECK_FALSE(result.readable);
    CHECK(result.diagnostics.size() == 1);
    CHECK(result.definition.stages.empty());
}

TEST_CASE("a stage whose command is wrong still has one, for whoever looks for more errors") {
    for (const char* keys : {"", "run = []", "run = [1]", "run = 1", "use = 'x'", "use = 1"}) {
        const ParseResult result = parse_definition({"x", "[[stage]]\n" + std::string(keys)});
        REQUIRE(result.definition.stages.size() == 1);
        CHECK_FALSE(result.definition.stages[0].run.empty());
        CHECK_FALSE(result.definition.stages[0].name.value.empty());
        CHECK(has_errors(result.diagnostics));
    }
}

TEST_CASE("hostile texts are refused without harm", "[S24]") {
    const auto refused = [](const std::string& text) {
        SourceText source{"x", text};
        const ParseResult result = parse_definition(source);
        CHECK(has_errors(result.diagnostics));
        const std::string shown_text = render_diagnostics(source, result.diagnostics, false);
        CHECK(shown_text.size() < 4'000'000);
        CHECK(shown_text.find('\x1b') == std::string::npos);
        CHECK(shown_text.find('\0') == std::string::npos);
        return result.diagnostics.empty() ? std::string() : result.diagnostics.front().message;
    };
    const auto repeat = [](const std::string& part, int times) {
        std::string all;
        for (int i = 0; i < times; ++i) {
            all += part;
        }
        return all;
    };
    CHECK(refused(std::string("a\0b", 3)) == "a NUL byte: this is no text file");
    CHECK(refused("\x7f"
                  "ELF\x02\x01\x01") != "");
    CHECK(refused("a = '\xff'") == "byte 0xff is not UTF-8");
    CHECK(refused("a = '\x1b[31m'") == "a control character in a string");
    CHECK(refused("a = \"\\u001b[31m${\"\n") != "");
    CHECK(refused(repeat("a.", 300'000) + "a = 1") == "this key is nested too deeply");
    CHECK(refused("[" + repeat("a.", 300'000) + "a]") == "this key is nested too deeply");
    CHECK(refused("x = {" + repeat("a.", 300'000) + "a = 1}") == "this key is nested too deeply");
    CHECK(refused("a = " + repeat("[", 300'000)) == "values are nested too deeply");
    CHECK(refused("a = " + repeat("{a=", 300'000)) == "values are nested too deeply");
    CHECK(refused("a = \"" + std::string(1'000'000, 'x')) ==
          "this string is not closed on its line");
    CHECK(refused(std::string(1'000'000, 'x')) != "");
    CHECK(refused(repeat("[[stage]]\n", 2000)) == "this stage has no command");
    refused("[[stage]]\nrun = ['" + repeat("${x", 50'000) + "']");
    refused("[[stage]]\nrun = ['" + repeat("${x}", 3'000) + "']");
    refused("[[stage]]\n" + repeat("\"\x7f\" = 1\n", 1));
    // dots inside strings and comments are no keys
    good("# " + repeat(".", 1000) + "\n[[stage]]\nrun = ['" + repeat(".", 1000) + "', \"" +
         repeat("\\\".", 1000) + "\", '''" + repeat(".'", 1000) + "''']");
}

TEST_CASE("a definition of ten thousand stages is read in one pass", "[S24]") {
    std::string text;
    for (int i = 0; i < 10'000; ++i) {
        text += "[[stage]]\nname = \"s" + std::to_string(i) + "\"\nrun = [\"cat\", \"-u\"]\n";
    }
    CHECK(good(text).stages.size() == 10'000);
    std::string unnamed;
    for (int i = 0; i < 10'000; ++i) {
        unnamed += "[[stage]]\nrun = [\"cat\"]\n";
    }
    CHECK(good(unnamed).stages.back().name.value == "cat-10000");
}
