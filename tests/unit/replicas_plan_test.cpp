// Plans of stages with replicas: what is refused, what is warned of, and how they are shown.

#include "orchestrator/definition/parse.hpp"
#include "orchestrator/draw/render_graph.hpp"
#include "orchestrator/draw/render_plan.hpp"
#include "orchestrator/export/export_script.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/planned.hpp"

using namespace pipectl;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string program(const std::string& run, const std::string& more = "replicas = 2") {
    return "[[stage]]\nname = \"x\"\nrun = " + run + "\n" + more + "\n";
}

Planned advised(const std::string& toml) {
    PlanRequest request;
    request.allow_missing_parameters = true;
    return planned(toml, request);
}

}  // namespace

TEST_CASE("a stage with replicas is one process of the plan", "[replicas]") {
    const Planned p =
        planned_well(stage("a") + stage("x", "replicas = 3\nvia = \"shm\"") + stage("b"));
    const Process& process = p.process("x");
    REQUIRE(process.replicas);
    CHECK(process.replicas->count == 3);
    CHECK(process.replicas->in_order);
    CHECK(process.replicas->block == 1U << 20U);
    CHECK(p.command("x") == "x");
    CHECK(p.at("x", 1) == "writes pipe to b");
    CHECK_THAT(render_plan_text(p.plan), ContainsSubstring("3 replicas, blocks of 1MiB"));
    CHECK_THAT(render_graph(p.plan, "ascii"), ContainsSubstring("3 replicas"));
    const Planned any = planned_well(stage("x", "replicas = \"cpus\"\norder = \"any\""));
    CHECK(any.process("x").replicas->count == 0);
    CHECK_THAT(render_plan_text(any.plan), ContainsSubstring("a replica for each processor"));
}

TEST_CASE("what cannot be had beside replicas is refused", "[replicas]") {
    const auto refused = [](const std::string& toml, const std::string& message) {
        return planned(toml).says(message);
    };
    CHECK(refused(stage("a", "replicas = 2\ntalks-to = \"b\"") + stage("b"), "two-way edge"));
    CHECK(refused(stage("a", "talks-to = \"b\"") + stage("b", "replicas = 2"), "two-way edge"));
    CHECK(refused(stage("a", "replicas = 2\nrestart = \"on-failure\""), "would be gone"));
    CHECK(refused(stage("a", "replicas = 2\nnative = true"), "a native stage takes the ends"));
    CHECK(refused("[[stage]]\nuse = \"pass\"\nreplicas = 2\n", "a native stage takes the ends"));
    CHECK(refused(stage("a", "replicas = 2\ndetach = true"), "in the background ends with them"));
    CHECK(refused(stage("a", "replicas = 2\noutputs = [\"bad\"]") + stage("b", "from = \"a.bad\""),
                  "no outputs of their own"));
    CHECK(refused(stage("a") + stage("b", "replicas = 2\ninputs = { t = \"a\" }"),
                  "each reads all of it"));
    (void)planned_well(stage("a") + stage("b",
                                          "stdin = \"x\"\nreplicas = 2\n"
                                          "inputs = { t = { stage = \"a\", as = \"file\" } }"));
}

TEST_CASE("programs for which a part of the lines is not enough are warned of", "[replicas]") {
    CHECK(advised(program(R"(["sort"])")).says("'sort' speaks of its input as a whole"));
    CHECK(advised(program(R"(["/usr/bin/wc", "-l"])")).says("only one block of lines"));
    CHECK(
        advised(program(R"(["wc"])", "replicas = 2\norder = \"any\"")).says("a part of the lines"));
    CHECK(advised(program(R"(["awk", "END { print n }"])")).says("'awk' speaks of its input"));
    CHECK(advised(program(R"(["zcat"])")).says("'zcat' reads no lines"));
    CHECK(advised(program(R"(["grep", "x"])")).says("ends with 1 where a block has no match"));
    CHECK(advised(program(R"(["grep", "x"])", "replicas = 2\nok = [0, 1]")).messages().empty());
    CHECK(advised(program(R"(["awk", "{ print $1 }"])")).messages().empty());
    CHECK(advised(program(R"(["sort"])", "")).messages().empty());
    CHECK(planned(program(R"(["sort"])")).messages().empty());
}

TEST_CASE("no script is written for a stage with replicas", "[replicas]") {
    const ParseResult parsed = parse_definition({"x.toml", stage("x", "replicas = 2")});
    const ExportResult result = export_script(parsed.definition, {});
    REQUIRE(result.script.empty());
    CHECK_THAT(result.diagnostics.front().message,
               ContainsSubstring("cannot share the lines of stage 'x' among replicas"));
}
