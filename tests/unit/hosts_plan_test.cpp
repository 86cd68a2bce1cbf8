// Plans of stages on several machines: where each process is, what goes from host to host, and what
// is refused.

#include "orchestrator/draw/render_graph.hpp"
#include "orchestrator/draw/render_plan.hpp"
#include "orchestrator/plan/plan_wire.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/planned.hpp"

using namespace pipectl;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string kHosts =
    "[hosts.a]\nssh = \"me@node1\"\n[hosts.w]\nlocal = 3\n[hosts.one]\nlocal = 1\n";

std::string on(const std::string& host, const std::string& more = "") {
    return "host = \"" + host + "\"\n" + more;
}

/// "order@w.2": of each process its name and, where that is another, its host.
std::vector<std::string> places(const Planned& p) {
    std::vector<std::string> all;
    for (const Process& each : p.plan.processes) {
        const int host = each.host;
        all.push_back(each.name + (host == 0 ? "" : "@" + p.plan.hosts.at(host).name));
    }
    return all;
}

/// Links between hosts.
std::vector<std::string> crossing(const Plan& plan) {
    std::vector<std::string> names;
    for (const Link& link : plan.links) {
        if (plan.processes[link.writer].host == plan.processes[link.reader].host) {
            CHECK_FALSE(link.kind->between_hosts);
            continue;
        }
        CHECK(link.kind->between_hosts);
        names.push_back(link.name);
    }
    return names;
}

using Names = std::vector<std::string>;

/// The message and the hint, where the caret is and how long.
void check_refused(const std::string& toml, const std::string& message, const std::string& hint,
                   int line, int column, int length) {
    const Planned p = planned(toml);
    INFO(toml);
    const Diagnostic& found = p.diagnostic(message);
    CHECK(found.severity == Severity::error);
    CHECK_THAT(found.hint, ContainsSubstring(hint));
    CHECK(found.place.line == line);
    CHECK(found.place.column == column);
    CHECK(found.length == length);
}

}  // namespace

TEST_CASE("a definition whose stages all run here has no hosts", "[hosts]") {
    const Planned p = planned_well(kHosts + stage("x") + stage("y"));
    CHECK(p.plan.hosts.empty());
    CHECK(crossing(p.plan).empty());
}

TEST_CASE("an edge from host to host is of kind net, with a helper of its own at each end",
          "[hosts]") {
    const Planned p = planned_well(kHosts + stage("x", "stdin = { null = true }") +
                                   stage("y", on("w.2")) + stage("z", "stdout = \"out\""));
    REQUIRE(p.plan.hosts.size() == 2);
    CHECK(p.plan.hosts[0].name == "here");
    CHECK(p.plan.hosts[1].name == "w.2");
    CHECK(std::holds_alternative<Host::Local>(p.plan.hosts[1].engine));
    CHECK(places(p) == Names{"x", "y@w.2", "z", "send:x.stdout->y.stdin",
                             "receive:x.stdout->y.stdin@w.2", "send:y.stdout->z.stdin@w.2",
                             "receive:y.stdout->z.stdin"});
    CHECK(crossing(p.plan).size() == 2);
    CHECK(p.plan.edges[0].via == "net");
}

TEST_CASE("hosts have what the definition says of them", "[hosts]") {
    PlanRequest request;
    request.environment = {{"USER", "me"}};
    const Planned p = planned_well(
        "[pipeline]\nlease = \"3s\"\nstart-timeout = \"4s\"\n"
        "[hosts.s]\nssh = { to = [\"n1\", \"n2\"], config = \"cfg\", options = [\"-v\"] }\n"
        "dir = \"/scratch/${env.USER}\"\npipectl = \"/opt/pipectl\"\npush = true\n"
        "env-pass = [\"A\"]\naddress = \"10.0.0.0/8\"\nports = \"40000-40100\"\nrelay = false\n"
        "[hosts.big]\nslurm = { nodes = 4, cpus = 2 }\n"
        "[hosts.c]\ncommand = [\"docker\", \"exec\", \"x\"]\n" +
            stage("a", on("s.2")) + stage("b", on("big.3")) + stage("c", on("c")),
        request);
    const std::vector<Host>& hosts = p.plan.hosts;
    REQUIRE(hosts.size() == 4);
    CHECK(hosts[1].engine == Host::Engine(Host::Ssh{"n2", "cfg", {"-v"}}));
    CHECK(hosts[1].dir == "/scratch/me");
    CHECK(hosts[1].pipectl == "/opt/pipectl");
    CHECK(hosts[1].push);
    CHECK(hosts[1].env_pass == Names{"A"});
    CHECK(hosts[1].address == "10.0.0.0/8");
    CHECK(hosts[1].ports == Host::Ports{40000, 40100});
    CHECK_FALSE(hosts[1].relay);
    const auto& slurm = std::get<Host::Slurm>(hosts[2].engine);
    CHECK(slurm.group == "big");
    CHECK(slurm.index == 2);
    CHECK(slurm.needs.nodes == 4);
    CHECK(slurm.needs.cpus == 2);
    CHECK(hosts[3].engine == Host::Engine(Host::Command{{"docker", "exec", "x"}}));
    CHECK(p.plan.lease == std::chrono::seconds(3));
    CHECK(p.plan.start_timeout == std::chrono::seconds(4));
}

TEST_CASE("stages on one host have a host in common, and plain pipes", "[hosts]") {
    const Planned p = planned_well(kHosts + stage("x", on("w.1", "stdin = { null = true }")) +
                                   stage("y", on("w.1", "stdout = \"o\"")));
    CHECK(p.plan.hosts.size() == 2);
    CHECK(p.at("x", 1) == "writes pipe to y");
    CHECK(crossing(p.plan).empty());
}

TEST_CASE("of a host that stands alone both names are good", "[hosts]") {
    const Planned p = planned_well(kHosts + stage("x", on("one")) + stage("y", on("one.1")));
    REQUIRE(p.plan.hosts.size() == 2);
    CHECK(p.plan.hosts[1].name == "one");
}

TEST_CASE("pipectl's own stdin and stdout are brought by copiers here", "[hosts]") {
    const Planned p = planned_well(kHosts + stage("x", on("a")));
    CHECK(places(p) == Names{"x@a", "copy:x.stdin", "copy:x.stdout", "send:copy:x.stdin->x.stdin",
                             "receive:copy:x.stdin->x.stdin@a", "send:x.stdout->copy:x.stdout@a",
                             "receive:x.stdout->copy:x.stdout"});
    CHECK(p.at("copy:x.stdin", 0) == "inherits 0");
    CHECK(p.at("copy:x.stdout", 3) == "inherits 1");
    CHECK(p.command("copy:x.stdout") == "pipectl-helper copy 3");
    CHECK(p.at("x", 2) == "inherits 2");
    CHECK(p.at("x", 0) == "reads pipe from receive:copy:x.stdin->x.stdin");
}

TEST_CASE("several readers on one host get one edge and a copier there", "[hosts]") {
    const std::string from = "from = \"x\"\nstdout = { null = true }\n";
    const std::string first = stage("x", "stdin = { null = true }");
    SECTION("all of them") {
        const Planned p =
            planned_well(kHosts + first + stage("y", on("a", from)) + stage("z", on("a", from)));
        CHECK(places(p)[3] == "copy:x.stdout@a");
        CHECK(crossing(p.plan).size() == 1);
        CHECK(p.at("copy:x.stdout", 3) == "writes pipe to y");
        CHECK(p.at("copy:x.stdout", 4) == "writes pipe to z");
    }
    SECTION("some of them") {
        const Planned p = planned_well(kHosts + first + stage("y", on("a", from)) +
                                       stage("here", from) + stage("z", on("a", from)));
        CHECK(p.command("copy:x.stdout") == "pipectl-helper copy --tell 5 3 4");
        CHECK(p.process("copy:x.stdout@a").host == 1);
        CHECK(crossing(p.plan).size() == 1);
        CHECK(p.at("copy:x.stdout", 4) == "writes pipe to here");
    }
    SECTION("not over different channels") {
        const std::string other = "via = { channel = \"net\", compress = \"zstd\" }\n";
        const Planned p = planned_well(kHosts + first + stage("y", on("a", from)) +
                                       stage("z", on("a", from + other)));
        CHECK(crossing(p.plan).size() == 2);
        CHECK(places(p)[3] == "copy:x.stdout");
    }
    SECTION("not where lines are dealt") {
        const Planned p =
            planned_well(kHosts + stage("x", "stdin = { null = true }\nfan-out = \"deal\"") +
                         stage("y", on("a", from)) + stage("z", on("a", from)));
        CHECK(places(p)[3] == "deal:x.stdout");
        CHECK(crossing(p.plan).size() == 2);
    }
}

TEST_CASE("a merger is where its reader is", "[hosts]") {
    const Planned p = planned_well(
        kHosts + stage("x", on("a", "stdin = { null = true }")) +
        stage("y", "stdin = { null = true }") +
        stage("z", on("w.1", "from = [\"x\", \"y\"]\nfan-in = \"lines\"\nstdout = \"o\"")));
    CHECK(p.plan.hosts[p.process("lines:z.stdin").host].name == "w.1");
    CHECK(crossing(p.plan).size() == 2);
}

TEST_CASE("buffers of an edge from host to host are where it comes from", "[hosts]") {
    const Planned p = planned_well(kHosts + stage("x", on("a", "stdin = { null = true }")) +
                                   stage("y", "buffer = \"spill\"\nstdout = \"o\""));
    CHECK(p.plan.hosts[p.process("spill:x.stdout->y.stdin").host].name == "a");
}

TEST_CASE("ways that part and meet again over hosts have spill buffers", "[hosts]") {
    const Planned p = planned_well(
        kHosts + stage("x", "stdin = { null = true }") + stage("y", on("a", "from = \"x\"")) +
        stage("z", on("w.1", "from = \"x\"")) + stage("end", "from = [\"y\", \"z\"]"));
    CHECK_THAT(p.command("copy:x.stdout"), ContainsSubstring("--memory"));
}

TEST_CASE("files of a host with a folder of its own start there", "[hosts]") {
    const std::string pinned =
        "[pipeline]\ncwd = \".\"\n[hosts.d]\nlocal = 1\ndir = \"/scratch\"\n";
    PlanRequest request;
    request.source = "/home/me/x.toml";
    const Planned p =
        planned_well(pinned + stage("x", on("d", "stdin = \"in\"\nstdout = \"far\"")) +
                         stage("y", "stdin = \"in\"\nstdout = \"near\""),
                     request);
    CHECK(p.at("x", 0) == "file in");
    CHECK(p.at("x", 1) == "file far");
    CHECK_FALSE(p.process("x").cwd);
    CHECK(p.at("y", 1) == "file /home/me/near");
    CHECK(p.process("y").cwd == "/home/me");
}

TEST_CASE("a host that is not there is refused with the nearest one", "[hosts]") {
    check_refused(kHosts + stage("x", on("w.4")), "there is no host 'w.4': 'w' is a group of 3",
                  "the last one is 'w.3'", 10, 8, 5);
    check_refused(kHosts + stage("x", on("onw")), "there is no host 'onw'; did you mean 'one'?", "",
                  10, 8, 5);
    check_refused(kHosts + stage("x", on("a.2")), "'a' is one machine", "host = \"a\"", 10, 8, 5);
    check_refused(stage("x", on("b")), "there is no host 'b'", "[hosts.b] says where it is", 4, 8,
                  3);
    check_refused(kHosts + stage("x", on("w")), "'w' is a group of 3 hosts", "host = \"w.1\"", 10,
                  8, 3);
    check_refused(kHosts + stage("x", on("w", "replicas = 6")),
                  "replicas of stage 'x' cannot be spread over the group 'w' yet", "host = \"w.1\"",
                  10, 8, 3);
}

TEST_CASE("a channel that ends at the machine's border is refused with those that do not",
          "[hosts]") {
    check_refused(kHosts + stage("x") + stage("y", on("a", "via = \"shm\"")),
                  "'shm' ends where its machine does, and the edge goes from 'x' on host 'here' to "
                  "'y' on host 'a'",
                  "between hosts goes 'net'", 15, 7, 5);
    check_refused(
        kHosts + stage("x") + stage("y", on("a", "from = { stage = \"x\", via = \"fifo\" }")),
        "'fifo' ends where its machine does", "'net'", 15, 29, 6);
    CHECK(planned(kHosts + stage("x", on("a")) + stage("y", on("a", "via = \"shm\""))).messages() ==
          "");
}

TEST_CASE("what a stage on another machine cannot have is refused", "[hosts]") {
    check_refused(kHosts + stage("x", on("a", "detach = true")), "cannot leave processes behind",
                  "", 10, 8, 3);
    check_refused(kHosts + stage("x", on("a", "user = \"nobody\"")), "not as `user`",
                  "nobody@node1", 11, 8, 1);
    check_refused(kHosts + "[semaphores]\ngpu = 1\n" + stage("x", on("a", "needs = [\"gpu\"]")),
                  "semaphores are of this one", "", 13, 10, 3);
    check_refused(kHosts + stage("x") +
                      stage("y", on("a", "notify = [{ stage = \"x\", signal = \"USR1\" }]")),
                  "there is no notice of it here", "", 15, 21, 3);
    check_refused(kHosts + "[shared.t]\nsize = 4096\n" + stage("x") + stage("y", on("a")),
                  "shared memory is of one machine", "", 7, 9, 1);
    check_refused(kHosts + stage("x", on("a", "stdout = \"o\"")) +
                      stage("y", on("one", "from = \"x.stderr\"\nstdout = \"./o\"")),
                  "'y.stdout' writes './o', and so does 'x.stdout' (line 11) on another host",
                  "a path of its own", 17, 10, 1);
    check_refused("[hosts.d]\nlocal = 1\ndir = \"scratch\"\n" + stage("x", on("d")),
                  "'scratch' starts from no folder", "/scratch", 3, 7, 1);
    PlanRequest request;
    request.record = true;
    CHECK(planned(kHosts + stage("x", on("a")), request).says("cannot be recorded"));
}

TEST_CASE("a stage on another machine is not cached", "[hosts]") {
    PlanRequest request;
    request.allow_missing_parameters = true;
    CHECK(planned(kHosts + stage("x", on("a", "stdin = { null = true }\ncache = true")), request)
              .says("cannot be cached: it runs on another machine"));
}

TEST_CASE("a plan is shown by host, with what leaves each", "[hosts]") {
    const Planned p = planned_well(kHosts + stage("x", "stdin = { null = true }") +
                                   stage("y", on("a", "stdout = \"o\"")));
    const std::string text = render_plan_text(p.plan);
    CHECK_THAT(text, ContainsSubstring("2 hosts"));
    CHECK_THAT(text, ContainsSubstring("\n== here: this machine\n"));
    CHECK_THAT(text, ContainsSubstring("\n== a: ssh me@node1\n"));
    CHECK_THAT(text, ContainsSubstring("\nleaves here:\n   net to a: send:x.stdout->y.stdin -> "
                                       "receive:x.stdout->y.stdin\n"));
    CHECK_THAT(text, ContainsSubstring("to receive:x.stdout->y.stdin on a\n"));
    CHECK_THAT(render_plan_json(p.plan), ContainsSubstring("\"engine\": \"ssh me@node1\""));
    CHECK_THAT(render_plan_json(p.plan), ContainsSubstring("\"host\": \"a\""));
}

TEST_CASE("a picture has the stages of a host together", "[hosts]") {
    const Planned p = planned_well(kHosts + stage("x", "stdin = { null = true }") +
                                   stage("y", on("a", "stdout = \"o\"")));
    CHECK_THAT(render_graph(p.plan, "ascii"), ContainsSubstring("[y@a]"));
    CHECK_THAT(render_graph(p.plan, "dot"), ContainsSubstring("subgraph cluster_1 {"));
    CHECK_THAT(render_graph(p.plan, "mermaid"), ContainsSubstring("subgraph h1[\"a\"]"));
    CHECK_THAT(render_graph(p.plan, "svg"), ContainsSubstring("class=\"host\""));
    const Planned plain = planned_well(stage("x") + stage("y"));
    CHECK_THAT(render_graph(plain.plan, "svg"), !ContainsSubstring("class=\"host\""));
    CHECK_THAT(render_graph(plain.plan, "dot"), !ContainsSubstring("cluster"));
}
