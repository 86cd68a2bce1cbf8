// Plans of two-way edges (`talks-to`): what is connected, what is refused, and how it is drawn.

#include "orchestrator/definition/parse.hpp"
#include "orchestrator/draw/render_graph.hpp"
#include "orchestrator/draw/render_plan.hpp"
#include "orchestrator/export/export_script.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/planned.hpp"

using namespace pipectl;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string talk_pair(const std::string& via = "", const std::string& more = "") {
    const std::string talk =
        via.empty() ? "talks-to = \"calc\"" : "talks-to = { stage = \"calc\", via = " + via + " }";
    return stage("ask", talk) + stage("calc", more);
}

}  // namespace

TEST_CASE("each of two that talk has the other at stdin and stdout", "[talk]") {
    for (const bool asks_first : {true, false}) {
        const std::string ask = stage("ask", "talks-to = \"calc\"");
        const Planned p = planned_well(asks_first ? ask + stage("calc") : stage("calc") + ask);
        CHECK(p.at("ask", 0) == "reads pipe from calc");
        CHECK(p.at("ask", 1) == "writes pipe to calc");
        CHECK(p.at("calc", 0) == "reads pipe from ask");
        CHECK(p.at("calc", 1) == "writes pipe to ask");
        CHECK(p.plan.processes.size() == 2);
        REQUIRE(p.plan.edges.size() == 2);
        CHECK(p.plan.edges[0].partner == 1);
        CHECK(p.plan.edges[1].partner == 0);
        CHECK(p.plan.edges[0].back != p.plan.edges[1].back);
        CHECK(p.plan.links[0].return_way == -1);
    }
}

TEST_CASE("over unix a two-way edge is one object, where nothing stands in between", "[talk]") {
    const auto joined = [](const std::string& toml, const PlanRequest& request = {}) {
        const Planned p = planned_well(toml, request);
        return p.plan.links[0].return_way == 1 && p.plan.links[1].return_way == 0;
    };
    CHECK(joined(talk_pair("\"unix\"")));
    CHECK(joined("[pipeline]\nvia = \"unix\"\n" + talk_pair()));
    PlanRequest forced;
    forced.via = "unix";
    CHECK(joined(talk_pair(), forced));
    CHECK(joined(talk_pair("{ channel = \"unix\", size = \"64KiB\" }")));
    CHECK_FALSE(joined(talk_pair("\"tcp\"")));
    CHECK_FALSE(joined(talk_pair("\"unix\"", "buffer = \"1MiB\"")));
    CHECK_FALSE(joined(talk_pair("\"unix\"", "end = \"closed\"")));
    CHECK_FALSE(joined(talk_pair("", "via = \"unix\"")));  // the answers go by a pipe
}

TEST_CASE("neither of two that talk has another stdin or stdout", "[talk]") {
    const std::string others = stage("x") + stage("ask", "talks-to = \"calc\"\nfrom = \"x\"");
    CHECK(planned(others + stage("calc"))
              .says("stage 'ask' has a two-way edge with 'calc', and `from` as well"));
    for (const char* key : {"stdin", "stdout"}) {
        CHECK(planned(talk_pair("", std::string(key) + " = \"f\""))
                  .says("stage 'calc' has a two-way edge with 'ask', and `" + std::string(key) +
                        "` as well"));
    }
    CHECK(planned(talk_pair() + stage("x", "from = \"calc\""))
              .says("'calc.stdout' cannot be read: it goes to 'ask' alone (`talks-to`)"));
    const Planned below = planned(talk_pair() + stage("x"));
    CHECK(below.says("stage 'x' reads stage 'calc' above it, whose stdout goes to 'ask' alone"));
    CHECK(planned(stage("ask", "talks-to = \"clac\"") + stage("calc"))
              .says("there is no stage 'clac'; did you mean 'calc'?"));
    CHECK(planned(stage("ask", "talks-to = \"ask\"")).says("stage 'ask' talks to itself"));
    CHECK(planned(talk_pair() + stage("too", "talks-to = \"calc\""))
              .says("stage 'calc' and stage 'ask' talk to each other already"));
    CHECK(planned(stage("ask", "talks-to = \"calc\"") + stage("calc", "talks-to = \"ask\""))
              .says("talk to each other already"));
}

TEST_CASE("two that talk may have stderr and named ports, and need no spill buffer", "[talk]") {
    const Planned p =
        planned_well(stage("words", "") +
                     stage("ask",
                           "talks-to = \"calc\"\ninputs = { w = \"words\" }\n"
                           "outputs = [\"found\"]") +
                     stage("calc", "stderr = \"log\"") + stage("show", "from = \"ask.found\""));
    CHECK(p.plan.processes.size() == 4);
    CHECK(p.at("show", 0) == "reads pipe from ask");
    CHECK(p.at("show", 1) == "inherits 1");
}

TEST_CASE("any other circle stays refused", "[talk]") {
    const Planned p = planned(stage("ask", "talks-to = \"calc\"\ninputs = { x = \"calc.more\" }") +
                              stage("calc", "outputs = [\"more\"]"));
    CHECK(p.says("the stages feed each other in a circle: ask -> calc -> ask"));
}

TEST_CASE("a two-way edge is drawn once, with both directions", "[talk]") {
    const Planned p = planned_well(talk_pair("\"unix\""));
    const auto drawn = [&](const char* format) { return render_graph(p.plan, format); };
    CHECK(drawn("ascii") == "[ask]\n v unix, both ways\n[calc]\n");
    CHECK_THAT(drawn("dot"), ContainsSubstring("s0 -> s1 [label=\"unix, both ways\", dir=both];"));
    CHECK_THAT(drawn("mermaid"), ContainsSubstring("s0 <-->|\"unix, both ways\"| s1"));
    CHECK_THAT(drawn("svg"), ContainsSubstring("marker-start=\"url(#tail)\""));
    CHECK_THAT(drawn("json"), ContainsSubstring("\"both\": true"));
    CHECK_THAT(render_plan_text(p.plan),
               ContainsSubstring("0 <- unix from calc, one object for both directions"));
    CHECK_THAT(render_plan_json(p.plan), ContainsSubstring("\"return_way\": 1"));
}

TEST_CASE("a script cannot have a two-way edge, and export says so", "[talk]") {
    const ParseResult parsed = parse_definition({"test.toml", talk_pair()});
    const ExportResult result = export_script(parsed.definition, {});
    REQUIRE(result.script.empty());
    CHECK_THAT(result.diagnostics.front().message,
               ContainsSubstring("cannot connect stage 'ask' and stage 'calc'"));
}
