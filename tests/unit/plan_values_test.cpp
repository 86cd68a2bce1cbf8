// Definition to plan: parameters, environment, files, paths and settings.

#include <chrono>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/unit/planned.hpp"

using pipectl::Place;
using pipectl::Planned;
using pipectl::planned;
using pipectl::planned_well;
using pipectl::PlanRequest;
using pipectl::Severity;
using pipectl::stage;

namespace {

PlanRequest with_set(const std::string& name, const std::string& value) {
    PlanRequest request;
    request.set.emplace_back(name, value);
    return request;
}

}  // namespace

TEST_CASE("parameters come from --set, then from defaults, and are typed after these") {
    const std::string text = R"([params]
log = { default = "a.log" }
min = { default = 500 }
dry = { default = false }
rate = { default = 1.5 }
[[stage]]
name = "a"
run = ["x", "${log}", "min=${min}", "${dry}", "${rate}", "$${log}"]
)";
    REQUIRE(planned_well(text).command("a") == "x a.log min=500 false 1.5 ${log}");
    REQUIRE(planned_well(text, with_set("min", "-7")).command("a") ==
            "x a.log min=-7 false 1.5 ${log}");
    REQUIRE(planned_well(text, with_set("rate", "2e3")).command("a") ==
            "x a.log min=500 false 2e3 ${log}");
    REQUIRE(
        planned(text, with_set("min", "7x")).says("parameter 'min' is a whole number, not '7x'"));
    REQUIRE(planned(text, with_set("min", "")).says("parameter 'min' is a whole number, not ''"));
    REQUIRE(
        planned(text, with_set("dry", "yes")).says("parameter 'dry' is true or false, not 'yes'"));
    REQUIRE(
        planned(text, with_set("rate", "fast")).says("parameter 'rate' is a number, not 'fast'"));
    const Planned unknown = planned(text, with_set("mni", "1"));
    REQUIRE(unknown.says("there is no parameter 'mni'; did you mean 'min'?"));
    REQUIRE_FALSE(unknown.diagnostics[0].place.known());
}

TEST_CASE("a default arrives as the file spells it") {
    const std::string text = R"([params]
version = 1.10
big = 1e3
mode = { default = 0o755 }
thousand = 1_000
day = 2026-11-29
at = { default = 2026-11-29T08:15:00Z }
flag = true
text = "1.10"
[[stage]]
name = "a"
run = ["x", "${version}", "${big}", "${mode}", "${thousand}", "${day}", "${at}", "${flag}", "${text}"]
)";
    REQUIRE(planned_well(text).command("a") ==
            "x 1.10 1e3 0o755 1_000 2026-11-29 2026-11-29T08:15:00Z true 1.10");
    for (const char* mode : {"0o644", "0x1F", "0b1", "-7", "+7", "1_000"}) {
        REQUIRE(planned(text, with_set("mode", mode)).messages().empty());
    }
    for (const char* mode :
         {"0o8", "0x", "1__0", "_1", "1_", "1.0", "0o-7", "99999999999999999999"}) {
        INFO(mode);
        REQUIRE(planned(text, with_set("mode", mode)).says("parameter 'mode' is a whole number"));
    }
}

TEST_CASE("a variable gives a parameter its value unless --set does") {
    const std::string text = R"([params]
token = { env = "TOK", secret = true }
depth = { env = "DEPTH", default = 1 }
[[stage]]
name = "a"
run = ["x", "${token}", "${depth}"]
)";
    PlanRequest request;
    request.environment = {{"TOK", "hunter2"}};
    const Planned p = planned_well(text, request);
    REQUIRE(p.command("a") == "x hunter2 1");
    REQUIRE(p.process("a").shown_argv[1] == "***");
    request.set = {{"token", "other"}};
    REQUIRE(planned_well(text, request).command("a") == "x other 1");
    request.environment["DEPTH"] = "deep";
    REQUIRE(planned(text, request)
                .says("parameter 'depth' (from the environment) is a whole number, not 'deep'"));
    REQUIRE(planned(text).diagnostic("parameter 'token' must be set").hint ==
            "--set token=VALUE, or TOK in the environment");
}

TEST_CASE("missing parameters are one error, with their help, and check shows them") {
    const std::string text = R"([params]
log = { help = "the access log", required = true }
out = { required = true }
[[stage]]
name = "a"
run = ["x", "${log}", "${out}"]
)";
    const Planned p = planned(text);
    REQUIRE(p.diagnostics.size() == 1);
    REQUIRE(p.says("parameters 'log' and 'out' must be set"));
    REQUIRE(p.diagnostics[0].hint == "--set log=VALUE   the access log\n--set out=VALUE");
    PlanRequest request;
    request.allow_missing_parameters = true;
    REQUIRE(planned_well(text, request).command("a") == "x ${log} ${out}");
}

TEST_CASE("the environment is what the request says, and a variable that is not set is an error") {
    const std::string text = "[[stage]]\nname = \"a\"\nrun = [\"x\", \"${env.HOME}/y\"]\n";
    PlanRequest request;
    request.environment = {{"HOME", "/h"}};
    REQUIRE(planned_well(text, request).command("a") == "x /h/y");
    const Planned p = planned(text);
    REQUIRE(p.says("the environment has no variable 'HOME'"));
    REQUIRE(p.diagnostics[0].severity == Severity::error);
    PlanRequest lenient;
    lenient.allow_missing_parameters = true;
    REQUIRE(planned(text, lenient).diagnostics[0].severity == Severity::warning);
}

TEST_CASE("secrets are shown nowhere, and refused where they would be", "[R48][S15]") {
    const std::string text = R"([params]
key = { required = true, secret = true }
[env]
TOKEN = "t-${key}"
[[stage]]
name = "a"
run = ["x", "--key=${key}"]
[[stage]]
name = "b"
shell = "use $key"
)";
    const Planned p = planned_well(text, with_set("key", "hunter2"));
    REQUIRE(p.command("a") == "x --key=hunter2");
    REQUIRE(p.process("a").shown_argv.back() == "--key=***");
    REQUIRE(p.process("a").secret_env == std::vector<std::string>{"TOKEN"});
    REQUIRE(p.process("b").secret_env == std::vector<std::string>{"TOKEN", "key"});
    const Planned path = planned(text + "stdout = \"${key}.txt\"\n", with_set("key", "hunter2"));
    REQUIRE(path.says("a secret parameter cannot be part of a path"));
}

TEST_CASE("a shell stage gets parameters as variables, never as text", "[S16]") {
    const Planned p = planned_well(R"([params]
min_ms = { default = "1; rm -rf /" }
[env]
A = "1"
B = "1"
[[stage]]
name = "a"
shell = 'test "$min_ms" && cat ${in.x} && echo ${#min_ms}'
inputs = { x = "b" }
env = { B = "2", C = "3" }
[[stage]]
name = "b"
run = ["seq", "3"]
stdin = { null = true }
)");
    REQUIRE(p.command("a") == "/bin/sh -c test \"$min_ms\" && cat /dev/fd/3 && echo ${#min_ms}");
    const std::vector<std::pair<std::string, std::string>> env = {{"A", "1"},
                                                                  {"B", "2"},
                                                                  {"C", "3"},
                                                                  {"min_ms", "1; rm -rf /"},
                                                                  {"PIPECTL_STAGE", "a"},
                                                                  {"PIPECTL_IN_x", "/dev/fd/3"}};
    REQUIRE(p.process("a").env == env);
    REQUIRE(p.variable("b", "min_ms") == "(unset)");
}

TEST_CASE("two writers of one file are an error, unless both append") {
    const std::string same = stage("a", "stdout = \"x/../out\"\nstderr = \"./out\"");
    const Planned p = planned(same);
    REQUIRE(p.says("'a.stderr' writes './out', and so does 'a.stdout' (line 4)"));
    REQUIRE(p.diagnostics[0].place == Place{5, 10});
    const std::string append = "{ file = \"out\", append = true }";
    REQUIRE(
        planned(stage("a", "stdout = " + append) + stage("b", "stdin = \"in\"\nstdout = " + append))
            .messages()
            .empty());
    REQUIRE(
        planned(stage("a", "stdout = \"/dev/null\"\nstderr = \"/dev/null\"")).messages().empty());
}

TEST_CASE("a file may be read and replaced, but not read and written in place") {
    REQUIRE(
        planned(stage("a", "stdin = \"f\"") + stage("b", "stdout = \"./f\"")).messages().empty());
    const Planned in_place =
        planned(stage("a", "stdin = \"f\"\nstdout = { file = \"f\", atomic = false }"));
    REQUIRE(in_place.says("'a.stdout' writes 'f' while the same run reads it (line 4)"));
    REQUIRE(planned(stage("a", "stdin = \"f\"\nstdout = { file = \"f\", append = true }"))
                .says("while the same run reads it"));
}

TEST_CASE("relative paths start from the caller's folder, or from where the pipeline pins them") {
    const std::string stages =
        stage("a", "stdin = \"in.txt\"") + stage("b", "cwd = \"sub\"\nstdout = \"/o\"");
    PlanRequest request;
    request.source = "/defs/x.toml";
    const Planned free = planned_well(stages, request);
    REQUIRE(free.at("a", 0) == "file in.txt");
    REQUIRE_FALSE(free.process("a").cwd);
    REQUIRE(free.process("b").cwd == "sub");
    const Planned pinned = planned_well("[pipeline]\ncwd = \".\"\n" + stages, request);
    REQUIRE(pinned.at("a", 0) == "file /defs/in.txt");
    REQUIRE(pinned.process("a").cwd == "/defs");
    REQUIRE(pinned.process("b").cwd == "/defs/sub");
    REQUIRE(pinned.at("b", 1) == "file /o");
    request.source = "x.toml";
    REQUIRE(planned_well("[pipeline]\ncwd = \".\"\n" + stages, request).process("a").cwd == ".");
}

TEST_CASE("texts, null and inherited ends") {
    const Planned p =
        planned_well(stage("a", "stdin = { text = \"hello\" }\nstderr = { null = true }") +
                     stage("b", "stdin = { inherit = true }"));
    REQUIRE(p.at("a", 0) == "text hello");
    REQUIRE(p.at("a", 2) == "null");
    REQUIRE(p.at("b", 0) == "inherits 0");
    REQUIRE(p.at("a", 1) == "inherits 1");
}

TEST_CASE("settings of the pipeline and of stages are carried over") {
    PlanRequest request;
    request.source = "x.toml";
    const std::string text = R"([pipeline]
name = "p"
description = "d"
strict = false
grace = "1s"
timeout = "1m"
[[stage]]
name = "a"
run = ["x"]
umask = "027"
nice = 5
user = "nobody"
ok = [0, 1]
timeout = "2s"
signals = { ignore = ["SIGHUP"], default = ["SIGINT"], cancel = "SIGINT" }
detach = true
)";
    const Planned p = planned_well(text, request);
    REQUIRE(p.plan.name == "p");
    REQUIRE_FALSE(p.plan.strict);
    REQUIRE(p.plan.grace == std::chrono::seconds(1));
    REQUIRE(p.plan.timeout == std::chrono::minutes(1));
    const auto& a = p.process("a");
    REQUIRE(a.umask == 027U);
    REQUIRE(a.nice == 5);
    REQUIRE(a.user == "nobody");
    REQUIRE(a.ok == std::vector<int>{0, 1});
    REQUIRE(a.timeout == std::chrono::seconds(2));
    REQUIRE(a.ignored_signals == std::vector<int>{1});
    REQUIRE(a.default_signals == std::vector<int>{2});
    REQUIRE(a.cancel_signal == 2);
    REQUIRE(a.detach);
    request.timeout = std::chrono::seconds(3);
    REQUIRE(planned_well(text, request).plan.timeout == std::chrono::seconds(3));
}

TEST_CASE("names of helpers and links are unique") {
    const Planned p = planned(stage("a") + stage("b", "from = [\"a\", \"a\"]\nbuffer = \"1k\""));
    REQUIRE(p.says("can lock up"));
    REQUIRE(p.has_process("buffer:a.stdout->b.stdin"));
    REQUIRE(p.has_process("buffer:a.stdout->b.stdin #2"));
}
