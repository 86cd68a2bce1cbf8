// Plans of stages with `tty`: what is refused beside it, and how they are shown.

#include "orchestrator/draw/render_plan.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/planned.hpp"

using namespace pipectl;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a stage with a pseudo-terminal is its program to the plan", "[tty]") {
    const Planned p = planned_well(stage("a", "tty = true") + stage("b"));
    CHECK(p.process("a").terminal);
    CHECK_FALSE(p.process("b").terminal);
    CHECK(p.command("a") == "a");
    CHECK_THAT(render_plan_text(p.plan), ContainsSubstring("its stdout is a pseudo-terminal"));
}

TEST_CASE("what cannot be had beside a pseudo-terminal is refused", "[tty]") {
    const auto refused = [](const std::string& toml, const std::string& message) {
        return planned(toml).says(message);
    };
    CHECK(refused(stage("a", "tty = true\nreplicas = 2"), "replicas have pipes"));
    CHECK(refused(stage("a", "tty = true\nnative = true"), "a native stage takes the ends"));
    CHECK(refused("[[stage]]\nuse = \"pass\"\ntty = true\n", "a stage of `use` writes the same"));
    CHECK(refused(stage("a", "tty = true\ntalks-to = \"b\"") + stage("b"), "two-way edge"));
    CHECK(refused(stage("a", "talks-to = \"b\"") + stage("b", "tty = true"), "two-way edge"));
    CHECK(refused(stage("a", "tty = true\nstdout = { mq = \"/pipectl-tty\" }"),
                  "whose stdout is an endpoint"));
    (void)planned_well(stage("a", "tty = false\nreplicas = 2"));
}
