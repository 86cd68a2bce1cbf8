// Secret values taken out of texts.

#include "stages/base/secrets.hpp"

#include "orchestrator/diagnostic/diagnostic.hpp"
#include "orchestrator/event/mask_event.hpp"
#include "orchestrator/run/refusal.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/planned.hpp"

using namespace pipectl;

namespace {

Secrets secrets_of(std::initializer_list<std::string_view> values) {
    Secrets secrets;
    for (const std::string_view value : values) {
        secrets.add(value);
    }
    return secrets;
}

}  // namespace

TEST_CASE("secret values are masked wherever they stand, the longest first", "[R48][S15]") {
    const Secrets secrets = secrets_of({"hunter", "hunter2hunter2", "", "pa ss"});
    CHECK(secrets.masked("token=hunter2hunter2&x") == "token=***&x");
    CHECK(secrets.masked("hunterhunter2hunter2hunter2") == "*********2");
    CHECK(secrets.masked("a pa ss, hunte") == "a ***, hunte");
    CHECK(secrets.masked("").empty());
    CHECK(Secrets().masked("hunter") == "hunter");
    CHECK(Secrets().empty());
    CHECK(secrets_of({""}).empty());
}

TEST_CASE("the lines of a secret are secrets too", "[R48]") {
    const Secrets key = secrets_of({"-----BEGIN KEY\r\nabcdefgh\n}\n"});
    CHECK(key.masked("bad key 'abcdefgh'") == "bad key '***'");
    CHECK(key.masked("-----BEGIN KEY\n}") == "***\n}");
    CHECK(key.masked("x-----BEGIN KEY\r\nabcdefgh\n}\ny") == "x***y");
}

TEST_CASE("a blotted text keeps its lines and columns", "[R48]") {
    CHECK(secrets_of({"gr\xc3\xbcn\nab"}).blotted("xgr\xc3\xbcn\nabz") == "x****\n**z");
}

TEST_CASE("diagnostics show no secret, neither in words nor in the line", "[R48][S15]") {
    SourceText source{"a.toml", "key = \"gr\xc3\xbcn8\" ; rnu\n"};
    source.secrets.add("gr\xc3\xbcn8");
    Diagnostic one;
    one.place = {1, 17};
    one.length = 3;
    one.message = "no program 'gr\xc3\xbcn8'";
    one.hint = "not 'gr\xc3\xbcn8' either";
    CHECK(render_diagnostics(source, {one}, false) ==
          "a.toml:1:17: error: no program '***'\n"
          "    1 | key = \"*****\" ; rnu\n"
          "      |                 ^~~\n"
          "      hint: not '***' either\n");
}

TEST_CASE("no event holds a secret, whoever's words it quotes", "[R48][S15]") {
    const Secrets secrets = secrets_of({"hunter2"});
    const auto masked = [&](auto what) {
        decltype(Event::what) any = what;
        mask(any, secrets);
        return std::get<decltype(what)>(any);
    };
    RunStarted start;
    start.processes.push_back({"a", false, {"x", "key=hunter2"}, 1});
    CHECK(masked(start).processes[0].argv[1] == "key=***");
    CHECK(masked(StderrTail{0, "oops hunter2\n"}).text == "oops ***\n");
    CHECK(masked(StartFailed{0, "no 'hunter2'", 127}).reason == "no '***'");
    CHECK(masked(LeftoverFound{1, "sleep hunter2", "", false}).command == "sleep ***");
    CHECK(masked(OutputDecided{"d/hunter2", false, "hunter2: full"}).path == "d/***");
    CHECK(masked(OutputDecided{"d/hunter2", false, "hunter2: full"}).error == "***: full");
    CHECK(masked(CancelBegan{CancelBegan::Why::internal, 0, 0, "hunter2"}).message == "***");
    RunEnded ended;
    ended.message = "in hunter2";
    CHECK(masked(ended).message == "in ***");
}

TEST_CASE("what a definition says of a secret is masked by its value", "[R48][S15]") {
    PlanRequest request;
    request.environment = {{"COPY", "hunter2"}};
    const Planned made = planned(R"([params]
token = { secret = true, default = "hunter2" }
[env]
AGAIN = "${env.COPY}"
[[stage]]
name = "a"
run = ["x", "--auth=${env.COPY}", "${token}"]
)",
                                 request);
    CHECK(made.messages().empty());
    const Process& process = made.process("a");
    CHECK(process.argv == std::vector<std::string>{"x", "--auth=hunter2", "hunter2"});
    CHECK(process.shown_argv == std::vector<std::string>{"x", "--auth=***", "***"});
    CHECK(process.secret_env == std::vector<std::string>{"AGAIN"});
    CHECK(made.plan.secrets.masked("hunter2") == "***");

    const auto events =
        refused_run(made.plan, 127, {{0, {Severity::error, {}, "no 'hunter2'", "", 1}, 127}});
    CHECK(std::get<StartFailed>(events[1].what).reason == "no '***'");
    CHECK(std::get<RunEnded>(events.back().what).message == "no '***'");
}
