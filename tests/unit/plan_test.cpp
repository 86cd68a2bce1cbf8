// Definition to plan: chains, ports, channels, fan-out and fan-in. Diamonds: diamond_test; what
// stages get beside their edges: plan_values_test.

#include <string>

#include "orchestrator/draw/render_plan.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/planned.hpp"

using pipectl::Place;
using pipectl::Planned;
using pipectl::planned;
using pipectl::planned_well;
using pipectl::PlanRequest;
using pipectl::Role;
using pipectl::stage;

namespace {}  // namespace

TEST_CASE("a chain: each stage reads the one above, the ends are pipectl's own") {
    const Planned p = planned_well(stage("a") + stage("b") + stage("c"));
    REQUIRE(p.plan.processes.size() == 3);
    REQUIRE(p.plan.links.size() == 2);
    REQUIRE(p.at("a", 0) == "inherits 0");
    REQUIRE(p.at("a", 1) == "writes pipe to b");
    REQUIRE(p.at("b", 0) == "reads pipe from a");
    REQUIRE(p.at("b", 1) == "writes pipe to c");
    REQUIRE(p.at("c", 1) == "inherits 1");
    REQUIRE(p.at("c", 2) == "inherits 2");
    REQUIRE(p.at("c", 3) == "-");
    REQUIRE(p.plan.last_stage == 2);
    REQUIRE(p.plan.links[0].name == "a.stdout -> b.stdin");
    REQUIRE(p.plan.edges[1].from == "b.stdout");
    REQUIRE(p.plan.edges[1].to == "c.stdin");
    REQUIRE(p.plan.edges[1].link == 1);
    REQUIRE(p.variable("b", "PIPECTL_STAGE") == "b");
}

TEST_CASE("named ports stand from 3 upward, inputs first, and are known by path and variable") {
    const Planned p = planned_well(stage("a") + stage("b") + R"(
[[stage]]
name = "cmp"
run = ["comm", "${in.left-side}", "${in.right}", "--log=${out.log}"]
inputs = { left-side = "a", right = "b" }
outputs = ["log"]
[[stage]]
name = "end"
run = ["cat"]
from = "cmp.log"
)");
    REQUIRE(p.command("cmp") == "comm /dev/fd/3 /dev/fd/4 --log=/dev/fd/5");
    REQUIRE(p.variable("cmp", "PIPECTL_IN_left_side") == "/dev/fd/3");
    REQUIRE(p.variable("cmp", "PIPECTL_IN_right") == "/dev/fd/4");
    REQUIRE(p.variable("cmp", "PIPECTL_OUT_log") == "/dev/fd/5");
    REQUIRE(p.at("cmp", 5) == "writes pipe to end");
    REQUIRE(p.at("end", 0) == "reads pipe from cmp");
    REQUIRE(p.at("cmp", 1) == "inherits 1");
}

TEST_CASE("a stage with inputs reads the stage above too, unless an input does") {
    const Planned both =
        planned_well(stage("a", "stdin = { null = true }") + stage("b", "from = \"a\"") +
                     stage("c", "inputs = { x = \"a\" }"));
    REQUIRE(both.at("c", 0) == "reads pipe from b");
    const Planned through = planned_well(stage("a") + stage("c", "inputs = { x = \"a\" }"));
    REQUIRE(through.at("c", 0) == "null");
    REQUIRE(through.at("c", 3) == "reads pipe from a");
}

TEST_CASE("stderr is a port like stdout, and can be joined to it") {
    const Planned p = planned_well(stage("a") + stage("b") +
                                   stage("log", "from = \"a.stderr\"\nstdout = \"log.txt\""));
    REQUIRE(p.at("a", 2) == "writes pipe to log");
    REQUIRE(p.at("a", 1) == "writes pipe to b");
    REQUIRE(p.at("log", 1) == "file log.txt");
    const Planned joined = planned_well(stage("a", "stderr = \"stdout\"") + stage("b"));
    REQUIRE(joined.at("a", 2) == "same as 1");
}

TEST_CASE("several readers of a port get a copier, in the order of the definition") {
    const Planned p = planned_well(stage("a") + stage("x", "stdout = \"x.txt\"") +
                                   stage("y", "from = \"a\"\nvia = \"unix\""));
    REQUIRE(p.at("a", 1) == "writes pipe to copy:a.stdout");
    REQUIRE(p.command("copy:a.stdout") == "pipectl-helper copy --tell 5 3 4");
    REQUIRE(p.process("copy:a.stdout").role == Role::helper);
    REQUIRE(p.at("copy:a.stdout", 0) == "reads pipe from a");
    REQUIRE(p.at("copy:a.stdout", 1) == "null");
    REQUIRE(p.at("copy:a.stdout", 2) == "inherits 2");
    REQUIRE(p.at("copy:a.stdout", 3) == "writes pipe to x");
    REQUIRE(p.at("copy:a.stdout", 4) == "writes unix to y");
    REQUIRE(p.plan.edges[1].via == "unix");
    REQUIRE(p.plan.links[static_cast<std::size_t>(p.plan.edges[1].link)].name ==
            "copy:a.stdout -> y.stdin");
}

TEST_CASE("deal and hash have helpers of their own") {
    const std::string readers = stage("x", "from = \"a\"") + stage("y", "from = \"a\"");
    const Planned deal = planned_well(stage("a", "fan-out = \"deal\"") + readers);
    REQUIRE(deal.command("deal:a.stdout") == "pipectl-helper deal --tell 5 3 4");
    const Planned hash =
        planned_well(stage("a", "fan-out = { by = \"hash\", field = 2 }") + readers);
    REQUIRE(hash.command("hash:a.stdout") == "pipectl-helper hash --tell 5 2 3 4");
    REQUIRE(planned(stage("a", "fan-out = \"deal\"") + stage("x"))
                .says("warning: `fan-out` of stage 'a' has no effect"));
}

TEST_CASE("several feeds of an input get a merger") {
    const std::string writers =
        stage("a", "stdin = { null = true }") + stage("b", "stdin = { null = true }");
    const Planned p =
        planned_well(writers + stage("c", "from = [\"b\", { stage = \"a\", via = \"tcp\" }]"));
    REQUIRE(p.command("concat:c.stdin") == "pipectl-helper concat 3 4");
    REQUIRE(p.at("concat:c.stdin", 3) == "reads pipe from b");
    REQUIRE(p.at("concat:c.stdin", 4) == "reads tcp from a");
    REQUIRE(p.at("concat:c.stdin", 1) == "writes pipe to c");
    REQUIRE(p.at("c", 0) == "reads pipe from concat:c.stdin");
    const Planned lines =
        planned_well(writers + stage("c", "from = [\"a\", \"b\"]\nfan-in = \"lines\""));
    REQUIRE(lines.command("lines:c.stdin") == "pipectl-helper lines 3 4");
    REQUIRE(planned(writers + stage("c", "from = \"a\"\nfan-in = \"lines\""))
                .says("warning: `fan-in` of stage 'c' has no effect"));
}

TEST_CASE("a spool file is followed by a helper, which is told of the writer's end") {
    const Planned p =
        planned_well(stage("a") + stage("b", "via = { channel = \"file\", keep = true }"));
    const std::string follow = "follow:a.stdout->b.stdin";
    REQUIRE(p.command(follow) == "pipectl-helper follow 3");
    REQUIRE(p.at("a", 1) == "writes file to " + follow);
    REQUIRE(p.at(follow, 0) == "reads file from a");
    REQUIRE(p.at(follow, 3) == "finish of a");
    REQUIRE(p.at(follow, 1) == "writes pipe to b");
    REQUIRE(p.at("b", 0) == "reads pipe from " + follow);
    REQUIRE(p.plan.edges[0].via == "file");
    REQUIRE(p.plan.links[static_cast<std::size_t>(p.plan.edges[0].link)].reader == 1);
}

TEST_CASE("what cannot be opened by a path gets a pipe at a port that is") {
    const Planned in =
        planned_well(stage("a") + stage("b", "inputs = { x = \"a\" }\nvia = \"unix\""));
    REQUIRE(in.at("a", 1) == "writes unix to port:a.stdout->b.x");
    REQUIRE(in.command("port:a.stdout->b.x") == "pipectl-helper copy 3");
    REQUIRE(in.at("b", 3) == "reads pipe from port:a.stdout->b.x");
    const Planned out =
        planned_well(stage("a", "outputs = [\"x\"]") + stage("b", "from = \"a.x\"\nvia = \"tcp\""));
    REQUIRE(out.at("a", 3) == "writes pipe to port:a.x->b.stdin");
    REQUIRE(out.at("b", 0) == "reads tcp from port:a.x->b.stdin");
    // opened twice for writing, a spool file would lose its first lines
    const Planned file = planned_well(stage("a", "outputs = [\"x\"]") +
                                      stage("b", "from = \"a.x\"\nvia = \"file\""));
    REQUIRE(file.at("a", 3) == "writes pipe to port:a.x->b.stdin");
    const Planned fifo = planned_well(stage("a", "outputs = [\"x\"]") +
                                      stage("b", "from = \"a.x\"\nvia = \"fifo\""));
    REQUIRE(fifo.at("a", 3) == "writes pipe to port:a.x->b.stdin");
}

TEST_CASE("a buffer is a copier on the edges that feed the stage") {
    const Planned room = planned_well(stage("a") + stage("b", "buffer = \"1MiB\"\nvia = \"unix\""));
    REQUIRE(room.command("buffer:a.stdout->b.stdin") == "pipectl-helper copy --room 1048576 3");
    REQUIRE(room.at("b", 0) == "reads unix from buffer:a.stdout->b.stdin");
    REQUIRE(room.at("a", 1) == "writes pipe to buffer:a.stdout->b.stdin");
    const Planned spill = planned_well(stage("a") + stage("b", "buffer = \"spill\""));
    REQUIRE(spill.command("spill:a.stdout->b.stdin") == "pipectl-helper copy --memory 4194304 3");
    const Planned both =
        planned_well(stage("a") + stage("b", "buffer = { memory = \"1MiB\", disk = \"1GiB\" }"));
    REQUIRE(both.command("spill:a.stdout->b.stdin") ==
            "pipectl-helper copy --memory 1048576 --disk 1073741824 3");
    const Planned none = planned_well(stage("a") + stage("b", "buffer = \"none\""));
    REQUIRE(none.plan.processes.size() == 2);
}

TEST_CASE("the nearest via wins") {
    const std::string text = "[pipeline]\nvia = \"fifo\"\n" + stage("a") + stage("b") +
                             stage("c", "via = \"unix\"") +
                             stage("d", "from = { stage = \"c\", via = \"tcp\" }\nvia = \"unix\"");
    const auto kinds = [&](const PlanRequest& request) {
        std::string names;
        for (const auto& edge : planned_well(text, request).plan.edges) {
            names += edge.via + " ";
        }
        return names;
    };
    PlanRequest request;
    REQUIRE(kinds(request) == "fifo unix tcp ");
    request.via = "pipe";
    REQUIRE(kinds(request) == "pipe pipe pipe ");
    request.stage_via.emplace_back("c", "tcp");
    REQUIRE(kinds(request) == "pipe tcp pipe ");
}

TEST_CASE("options of a channel are checked against the table of kinds") {
    const auto with = [](const std::string& via) {
        return planned(stage("a") + stage("b", "via = " + via));
    };
    const Planned good = with("{ channel = \"tcp\", nodelay = true, size = \"64k\" }");
    REQUIRE(good.messages().empty());
    REQUIRE(std::get<std::uint64_t>(good.plan.links[0].settings.at("size")) == 65536);
    REQUIRE(std::get<bool>(good.plan.links[0].settings.at("nodelay")));
    const Planned mode = with("{ channel = \"fifo\", mode = \"0640\" }");
    REQUIRE(std::get<std::uint64_t>(mode.plan.links[0].settings.at("mode")) == 0640);

    REQUIRE(with("\"pip\"").says("there is no channel 'pip'; did you mean 'pipe'?"));
    const Planned unknown = with("{ channel = \"pipe\", sise = 1 }");
    REQUIRE(unknown.says("channel 'pipe' has no option 'sise'; did you mean 'size'?"));
    REQUIRE(unknown.diagnostic("sise").place == Place{8, 27});
    REQUIRE(with("{ channel = \"tcp\", nodelay = 1 }").says("option 'nodelay' is true or false"));
    REQUIRE(with("{ channel = \"pipe\", size = -1 }").says("option 'size' is a size"));
    REQUIRE(with("{ channel = \"pipe\", size = \"many\" }").says("option 'size' is a size"));
    REQUIRE(with("{ channel = \"fifo\", mode = 600 }").says("option 'mode' is a file mode"));
    REQUIRE(with("{ channel = \"fifo\", mode = \"9\" }").says("option 'mode' is a file mode"));
    REQUIRE(with("{ channel = \"fifo\", path = \"\" }").says("option 'path' is a text"));
}

TEST_CASE("a channel of --via may have a size behind it, and the definition's other options stay") {
    PlanRequest request;
    request.via = "pipe:64KiB";
    request.stage_via = {{"c", "tcp:1MiB"}};
    const Planned p =
        planned_well(stage("a") + stage("b") +
                         stage("c", "via = { channel = \"tcp\", nodelay = true, size = \"64k\" }"),
                     request);
    using Number = std::uint64_t;
    REQUIRE(std::get<Number>(p.plan.links[0].settings.at("size")) == 65536);
    REQUIRE(std::get<Number>(p.plan.links[1].settings.at("size")) == 1 << 20);
    REQUIRE(std::get<bool>(p.plan.links[1].settings.at("nodelay")));
    const auto refused = [](const std::string& via) {
        PlanRequest wrong;
        wrong.via = via;
        return planned(stage("a") + stage("b"), wrong).messages();
    };
    REQUIRE(refused("pipe:0").find("a channel of size 0 holds nothing") != std::string::npos);
    REQUIRE(refused("pipe:").find("option 'size' is a size") != std::string::npos);
    REQUIRE(refused("file:1MiB").find("has no option 'size'") != std::string::npos);
    REQUIRE(refused(":1MiB").find("names no channel") != std::string::npos);
}

TEST_CASE("a stage that starts after another and, unsaid, reads the one above is a warning") {
    PlanRequest looking;
    looking.allow_missing_parameters = true;
    const std::string first = stage("a", "stdout = { null = true }");
    const auto p =
        planned(first + stage("b", "stdin = \"in\"") + stage("c", "after = [\"a\"]"), looking);
    CHECK(p.says("warning: stage 'c' reads 'b' because it stands below it, and starts after 'a'"));
    CHECK(planned(first + stage("b", "after = [\"a\"]"), looking).messages().empty());
}

TEST_CASE("a word that is a file which an earlier stage replaces at the end is a warning") {
    PlanRequest looking;
    looking.allow_missing_parameters = true;
    const std::string first = stage("a", "stdout = 'd/f'");
    const auto warned = [&](const std::string& lines) {
        return planned(first + "[[stage]]\nname = 'b'\nfrom = []\n" + lines, looking)
            .says(
                "warning: 'd/f' is replaced at the end of the run: stage 'b' would read the old "
                "one, although it comes after 'a'");
    };
    for (const char* lines :
         {"after = 'a'\nrun = ['cat', 'd/f']", "after = 'a'\nrun = ['cat', './d//f']",
          "after = 'a'\nrun = ['grep', '--file=d/f', 'k']", "after = 'a'\nrun = ['d/f']",
          "after = 'a'\nshell = 'x=1; cat d/f|sort'", "after = 'a'\nshell = 'sort <d/f'",
          "after = 'a'\nrun = ['bash', '-c', 'cat \"d/f\"']",
          "after = { stage = 'a', when = 'ended' }\nrun = ['cat', 'd/f']"}) {
        CAPTURE(lines);
        CHECK(warned(lines));
    }
    for (const char* lines :
         {"run = ['cat', 'd/f']", "after = 'a'\nrun = ['cat', 'f']",
          "after = 'a'\nrun = ['echo', 'of d/f and']", "after = 'a'\nshell = 'cat d/f2'"}) {
        CAPTURE(lines);
        CHECK_FALSE(warned(lines));
    }
    CHECK_FALSE(planned(stage("a", "stdout = { file = 'f', atomic = false }") +
                        "[[stage]]\nname = 'b'\nfrom = []\nafter = 'a'\nrun = ['cat', 'f']\n")
                    .says("would read the old one"));
}

TEST_CASE("a stage read by name and, unsaid, by the stage below it is a warning") {
    PlanRequest looking;
    looking.allow_missing_parameters = true;
    const Planned p = planned(stage("a") + stage("b") + stage("c", "from = \"a\""), looking);
    REQUIRE(p.messages() ==
            "warning: stage 'b' reads 'a' because it stands below it, and 'c' reads that by name "
            "(line 12)\n");
    REQUIRE(p.diagnostic("stage 'b'").place == Place{6, 8});
    REQUIRE(planned(stage("a") + stage("b", "from = \"a\"") + stage("c", "from = \"a\""), looking)
                .messages()
                .empty());
    REQUIRE(
        planned(stage("a") + stage("b") + stage("c", "from = \"a.stderr\"")).messages().empty());
}

TEST_CASE("two stages cannot listen at one place") {
    const auto listening = [](const std::string& first, const std::string& second) {
        return planned(
                   stage("a", "stdin = { listen = \"" + first + "\" }\nstdout = { null = true }") +
                   stage("b", "stdin = { listen = \"" + second + "\" }"))
            .says("'b.stdin' listens at '");
    };
    REQUIRE(listening("tcp:127.0.0.1:9000", "tcp:localhost:9000"));
    REQUIRE(listening("tcp:127.0.0.1:9000", "tcp:0.0.0.0:9000"));
    REQUIRE(listening("tcp:0.0.0.0:9000", "tcp:127.0.0.1:9000"));
    REQUIRE(listening("unix:./x", "unix:x"));
    REQUIRE_FALSE(listening("tcp:127.0.0.1:9000", "tcp:127.0.0.1:9001"));
    REQUIRE_FALSE(listening("tcp:127.0.0.1:9000", "tcp:127.0.0.2:9000"));
}

TEST_CASE("errors of --via have no place") {
    PlanRequest request;
    request.via = "pipes";
    request.stage_via = {{"bb", "pipe"}, {"a", "pipe"}};
    const Planned p = planned(stage("a") + stage("b"), request);
    REQUIRE(p.says("there is no channel 'pipes'; did you mean 'pipe'?"));
    REQUIRE(p.says("there is no stage 'bb'"));
    REQUIRE(p.says("--via a=pipe: no stage feeds 'a'"));
    REQUIRE_FALSE(p.diagnostics[0].place.known());
}

TEST_CASE("two edges cannot share one path") {
    const Planned p =
        planned(stage("a") + stage("b", "via = { channel = \"fifo\", path = \"/x\" }") +
                stage("c", "via = { channel = \"fifo\", path = \"/x\" }"));
    REQUIRE(p.says("two edges would share '/x', this one and that of line 5"));
}

TEST_CASE("what feeds nothing says so") {
    const Planned p = planned(stage("a", "via = \"tcp\"\nbuffer = \"1k\"") + stage("b"));
    REQUIRE(p.says("warning: no stage feeds 'a': its `via` has no effect"));
    REQUIRE(p.says("warning: no stage feeds 'a': its `buffer` has no effect"));
}

TEST_CASE("edges to nowhere are errors at their place") {
    const Planned p = planned(stage("read") + stage("b", "from = \"raed\"") +
                              stage("c", "from = \"read.sdtout\""));
    REQUIRE(p.says("there is no stage 'raed'; did you mean 'read'?"));
    REQUIRE(p.diagnostic("raed").place == Place{8, 8});
    REQUIRE(p.diagnostic("raed").length == 6);
    REQUIRE(p.says("stage 'read' has no output 'sdtout'; did you mean 'stdout'?"));
}

TEST_CASE("a cycle is refused with the names on it, at one of its edges") {
    const Planned p = planned(stage("a", "from = \"c\"") + stage("b") + stage("c") + stage("d"));
    REQUIRE(p.says("the stages feed each other in a circle: a -> b -> c -> a"));
    REQUIRE(p.diagnostic("circle").place == Place{4, 8});
    REQUIRE(planned(stage("a", "from = \"a\"")).says("stage 'a' reads itself"));
    REQUIRE(planned(stage("a") + stage("b", "inputs = { x = \"b.stderr\" }"))
                .says("stage 'b' reads itself"));
    const Planned two = planned(stage("a", "from = \"b\"") + stage("b", "from = \"a\"") +
                                stage("c", "from = \"d\"") + stage("d", "from = \"c\""));
    REQUIRE(two.says("a -> b -> a"));
    REQUIRE(two.says("c -> d -> c"));
}

TEST_CASE("a stage cannot read what goes elsewhere") {
    const Planned above = planned(stage("a", "stdout = { null = true }") + stage("b"));
    REQUIRE(above.says("stage 'b' reads stage 'a' above it, whose stdout goes to nowhere"));
    const Planned from =
        planned(stage("a", "stderr = { null = true }") + stage("b", "from = \"a.stderr\""));
    REQUIRE(from.says("'a.stderr' cannot be read: it goes to nowhere"));
    const Planned joined =
        planned(stage("a", "stderr = \"stdout\"") + stage("b", "from = \"a.stderr\""));
    REQUIRE(joined.diagnostic("is joined to its stdout").hint ==
            "read 'a' instead, which carries both");
}

TEST_CASE("an output that nobody reads is an error") {
    const Planned p =
        planned(stage("a", "outputs = [\"good\", \"bad\"]") + stage("b", "from = \"a.good\""));
    REQUIRE(p.says("nobody reads output 'bad' of stage 'a'"));
    REQUIRE(p.diagnostic("'bad'").place == Place{4, 20});
    REQUIRE_FALSE(p.says("'good'"));
}

TEST_CASE("a plan shows every text on a line of its own and harmless") {
    Planned p = planned_well(stage("a") + stage("b") + stage("c", "from = 'a'"));
    p.plan.processes.back().reason = "\x1b[31m\nreplaced when the run has succeeded: x";
    p.plan.processes.front().env.emplace_back("A\x1b", "\xc2\x9b");
    const std::string text = pipectl::render_plan_text(p.plan);
    REQUIRE(text.find('\x1b') == std::string::npos);
    REQUIRE(text.find("\xc2\x9b") == std::string::npos);
    REQUIRE(text.find("because \\x1b[31m\\nreplaced") != std::string::npos);
}

TEST_CASE("helpers at the ends of a net edge are of the program that speaks it, no others") {
    const Planned p = planned_well(stage("a") +
                                   stage("b",
                                         "via = { channel = 'net', compress = "
                                         "'zstd' }") +
                                   stage("c", "from = 'a'"));
    CHECK(p.command("send:a.stdout->b.stdin") == "pipectl-net send 3");
    CHECK(p.command("receive:a.stdout->b.stdin") == "pipectl-net receive 3");
    CHECK(p.command("copy:a.stdout") == "pipectl-helper copy --tell 5 3 4");
    const Planned native = planned_well(
        "[[stage]]\nname = 'a'\nuse = 'fill'\nargs = ['1KiB']\n[[stage]]\nname = 'b'\nuse = "
        "'pass'\n"
        "via = 'net'\n[[stage]]\nname = 'c'\nuse = 'count'\nvia = 'shm'\n");
    CHECK(native.command("a") == "pipectl-net fill 1KiB");
    CHECK(native.command("b") == "pipectl-net pass");
    CHECK(native.command("c") == "pipectl-helper count");
    CHECK(planned(stage("a") + stage("b", "via = { channel = 'net', compress = 'lz4' }"))
              .says("option 'compress' is \"none\" or \"zstd\""));
}
