// What `pipectl plan` and `pipectl graph` print.

#include <chrono>
#include <stdexcept>
#include <string>

#include "orchestrator/draw/render_graph.hpp"
#include "orchestrator/draw/render_plan.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/text.hpp"
#include "tests/unit/planned.hpp"

using Catch::Matchers::ContainsSubstring;
using pipectl::graph_formats;
using pipectl::Plan;
using pipectl::planned;
using pipectl::planned_well;
using pipectl::PlanRequest;
using pipectl::render_graph;
using pipectl::render_plan_json;
using pipectl::render_plan_text;
using pipectl::stage;

namespace {

const std::string kDiamond =
    stage("read", "stdin = \"in.txt\"") + stage("left") +
    stage("right", "from = \"read\"\nvia = \"unix\"") +
    stage("join", "inputs = { l = \"left\", r = \"right\" }\nstdout = \"o u t\"");

std::string ascii(const std::string& toml) {
    return "\n" + render_graph(planned(toml).plan, "ascii");
}

}  // namespace

TEST_CASE("a chain is drawn from top to bottom, with channels on the edges") {
    REQUIRE(ascii(stage("read", "stdin = \"in\"") + stage("b", "via = \"tcp\"") +
                  stage("count", "stdout = { file = \"x\", append = true }")) == R"(
[read] < in
 v tcp
[b]
 v pipe
[count] >> x
)");
}

TEST_CASE("a diamond is drawn with both ways, and a short way passes by the long one") {
    REQUIRE(ascii(kDiamond) == R"(
[read] < in.txt
 +---------+
 v pipe    v unix
[left]    [right]
 |         +-+
 v pipe > l  v pipe > r
[    join     ] > 'o u t'
)");
    REQUIRE(ascii(stage("a") + stage("b") + stage("c") + stage("d", "from = [\"c\", \"a\"]")) == R"(
[a]
 +--------+
 v pipe   |
[b]       |
 v pipe   |
[c]       |
 |       ++
 v pipe  v pipe
[    d    ]
)");
}

TEST_CASE(
    "ports that are not stdout and stdin are named on the edge, and leave at their own place") {
    REQUIRE(ascii(stage("a", "outputs = [\"bad\"]") + stage("good") +
                  stage("bad", "from = \"a.bad\"")) == R"(
[  a  ]
 |   +-----+
 v pipe    v bad > pipe
[good]    [bad]
)");
}

TEST_CASE("a drawing that is too wide becomes a list") {
    std::string text = stage("a");
    for (int i = 0; i < 30; ++i) {
        text += stage("reader-" + std::to_string(i), "from = \"a\"\nstdout = { null = true }");
    }
    const std::string list = render_graph(planned_well(text).plan, "ascii");
    REQUIRE(has(list, "[a]\n  -> [reader-0] pipe\n  -> [reader-1] pipe\n"));
}

TEST_CASE("every drawing fits what it was made for, whatever the graph") {
    // all stages read all stages above them: every edge twice, in every format
    std::string text = stage("s0");
    for (int i = 1; i < 7; ++i) {
        std::string from;
        for (int k = 0; k < i; ++k) {
            from += "\"s" + std::to_string(k) + "\", \"s" + std::to_string(k) + ".stderr\", ";
        }
        text += stage("s" + std::to_string(i), "from = [" + from + "]");
    }
    const Plan plan = planned_well(text).plan;
    REQUIRE(plan.edges.size() == 42);
    for (const std::string& format : graph_formats()) {
        REQUIRE_FALSE(render_graph(plan, format).empty());
    }
}

TEST_CASE("dot and mermaid quote what has a meaning for them") {
    const Plan plan = planned_well("[pipeline]\nname = 'p\"\\N'\n" +
                                   stage("a", "stdout = 'a\"b\\n&<script>#.txt'"))
                          .plan;
    const std::string dot = render_graph(plan, "dot");
    REQUIRE(has(dot, R"(digraph "p\"\\N" {)"));
    REQUIRE(has(dot, R"(label="a\n> 'a\"b\\n&amp;<script>#.txt'")"));
    const std::string mermaid = render_graph(plan, "mermaid");
    REQUIRE(has(mermaid, R"(s0["a<br/>#62; #39;a#34;b#92;n#38;#60;script#62;#35;.txt#39;"])"));
    const std::string edges = render_graph(planned_well(kDiamond).plan, "dot");
    REQUIRE(has(edges, R"(s0 -> s2 [label="unix"];)"));
    REQUIRE(
        has(render_graph(planned_well(kDiamond).plan, "mermaid"), R"(s1 -->|"pipe #62; l"| s3)"));
}

TEST_CASE("what starts after what is drawn, and a gate says so") {
    const std::string toml = stage("make", "stdin = { null = true }\nstdout = \"x\"") +
                             stage("use", "after = [\"make\"]\nstdin = \"y\"") +
                             stage("last",
                                   "from = { stage = \"use\", when = \"complete\" }\n"
                                   "after = { stage = \"make\", when = \"ended\" }");
    const Plan plan = planned(toml).plan;
    CHECK_THAT(render_graph(plan, "ascii"),
               ContainsSubstring("v after") && ContainsSubstring("v pipe, when complete"));
    CHECK_THAT(render_graph(plan, "dot"),
               ContainsSubstring("s0 -> s1 [label=\"after\", style=dashed]") &&
                   ContainsSubstring("s0 -> s2 [label=\"after its end\", style=dashed]"));
    CHECK_THAT(render_graph(plan, "mermaid"), ContainsSubstring("s0 -.->|\"after\"| s1"));
    CHECK_THAT(render_graph(plan, "svg"), ContainsSubstring("stroke-dasharray"));
    CHECK_THAT(render_graph(plan, "json"), ContainsSubstring("\"order\": true"));
}

TEST_CASE("SVG stands alone and escapes everything") {
    const std::string svg =
        render_graph(planned_well("[pipeline]\nname = '<b>&\"'\n" + stage("a") +
                                  "[[stage]]\nname = \"b\"\nrun = [\"x\", \"</svg><script>\"]\n")
                         .plan,
                     "svg");
    REQUIRE(svg.rfind("<svg xmlns=\"http://www.w3.org/2000/svg\"", 0) == 0);
    REQUIRE(has(svg, "&lt;b&gt;&amp;&quot;"));
    REQUIRE(has(svg, "x &#39;&lt;/svg&gt;&lt;script&gt;&#39;"));
    REQUIRE_FALSE(has(svg, "<script"));
    REQUIRE_FALSE(has(svg, "href"));
    REQUIRE(has(svg, "prefers-color-scheme: dark"));
    REQUIRE(svg.substr(svg.size() - 7) == "</svg>\n");
}

TEST_CASE("an unknown format of a picture is refused") {
    REQUIRE_THROWS_AS(render_graph(Plan{}, "png"), std::invalid_argument);
    for (const std::string& format : graph_formats()) {
        REQUIRE_NOTHROW(render_graph(Plan{}, format));
    }
}

TEST_CASE("large graphs are drawn as well, with edges that span all of it") {
    std::string text;
    for (int i = 0; i < 1000; ++i) {
        const std::string from =
            i > 1 ? "from = [\"s" + std::to_string(i - 1) + "\", \"s0.stderr\"]" : "";
        text += stage("s" + std::to_string(i), from);
    }
    const Plan plan = planned_well(text).plan;
    for (const std::string& format : graph_formats()) {
        REQUIRE(render_graph(plan, format).size() > 20000);
    }
}

TEST_CASE("plan as text: what will be started, what stands where, why helpers are there") {
    PlanRequest request;
    REQUIRE(render_plan_text(
                planned_well("[pipeline]\nname = \"d\"\ntimeout = \"1m\"\n" + kDiamond).plan) ==
            R"(d: 4 stages, 1 helper, 5 channels, at most 1m

1  read
   $ read
   0 <- file in.txt
   1 -> pipe to copy:read.stdout

2  left
   $ left
   0 <- pipe from copy:read.stdout
   1 -> pipe to join (3)

3  right
   $ right
   0 <- unix from copy:read.stdout
   1 -> pipe to join (4)

4  join
   $ join
   0 <- nothing
   1 -> file 'o u t'
   3 <- pipe from left
   4 <- pipe from right

5  copy:read.stdout
   $ pipectl-helper copy --tell 5 --memory 4194304 3 4
   because 'read.stdout' is read by 'left' and 'right'; copies of 'read' meet again at 'join': a spill buffer for each, 4MiB in memory, then disk
   0 <- pipe from read
   3 -> pipe to left
   4 -> unix to right
   5 -> pipectl: which outputs are complete

replaced when the run has succeeded: 'o u t'
)");
}

TEST_CASE("plan as text shows options as they are written, and what surrounds a process") {
    const std::string text = render_plan_text(
        planned_well("[env]\nLC_ALL = \"C\"\n" +
                     stage("a", "cwd = \"x y\"\nnice = 3\nuser = \"me\"") +
                     stage("b",
                           "via = { channel = \"fifo\", mode = \"0640\", size = \"64KiB\" }\n"
                           "stderr = \"stdout\""))
            .plan);
    REQUIRE(has(text, "   in 'x y'\n   with LC_ALL=C\n   as user me\n   nice 3\n"));
    REQUIRE(has(text, "0 <- fifo (mode = 0640, size = 64KiB) from a"));
    REQUIRE(has(text, "1 -> pipectl's own stdout\n   2 -> the same as 1"));
}

TEST_CASE("plan as JSON has everything by name") {
    const std::string json = render_plan_json(planned_well(kDiamond).plan);
    REQUIRE(has(json, R"({"from": "read.stdout", "to": "right.stdin", "via": "unix", "link": 2})"));
    REQUIRE(has(json, R"("role": "helper", "helper": "copy", "reason": "'read.stdout' is read)"));
    REQUIRE(has(json, R"({"number": 0, "what": "input_file", "path": "in.txt"})"));
    REQUIRE(has(json, R"({"path": "o u t", "append": false, "atomic": true, "durable": false,)"));
    REQUIRE(has(json, R"("timeout_s": null)"));
}

TEST_CASE("no rendering shows a secret") {
    PlanRequest request;
    request.set = {{"key", "hunter2"}};
    const Plan plan =
        planned_well("[params]\nkey = { required = true, secret = true }\n[env]\nK = \"${key}\"\n" +
                         stage("a", "stdin = { text = \"${key}\" }\nenv = { L = \"x${key}\" }") +
                         "[[stage]]\nname = \"b\"\nrun = [\"x\", \"${key}\"]\n"
                         "[[stage]]\nname = \"c\"\nshell = \"x\"\n",
                     request)
            .plan;
    REQUIRE(plan.processes[1].argv[1] == "hunter2");
    REQUIRE_FALSE(has(render_plan_text(plan), "hunter2"));
    REQUIRE_FALSE(has(render_plan_json(plan), "hunter2"));
    for (const std::string& format : graph_formats()) {
        REQUIRE_FALSE(has(render_graph(plan, format), "hunter2"));
    }
}
