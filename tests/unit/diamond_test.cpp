// Diamonds: the graph theory against an enumeration of all circles, and what the planner makes of
// it.

#include "orchestrator/plan/diamond.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/unit/planned.hpp"

using pipectl::Arc;
using pipectl::arcs_that_need_room;
using pipectl::biconnected_components;
using pipectl::Planned;
using pipectl::planned;
using pipectl::planned_well;
using pipectl::stage;

namespace {

/// All simple circles of a small graph, each as its arcs in order, beginning at its lowest node.
class Circles {
  public:
    Circles(int nodes, const std::vector<Arc>& arcs) : arcs_(arcs), on_path_(nodes, false) {
        for (start_ = 0; start_ < nodes; ++start_) {
            walk(start_);
        }
    }
    std::vector<std::vector<int>> found;

  private:
    void walk(int node) {
        on_path_[node] = true;
        for (int arc = 0; arc < static_cast<int>(arcs_.size()); ++arc) {
            const bool leaves = arcs_[arc].from == node;
            if (!leaves && arcs_[arc].to != node) continue;
            if (std::find(path_.begin(), path_.end(), arc) != path_.end()) continue;
            const int next = leaves ? arcs_[arc].to : arcs_[arc].from;
            path_.push_back(arc);
            if (next == start_) found.push_back(path_);
            if (next > start_ && !on_path_[next]) walk(next);
            path_.pop_back();
        }
        on_path_[node] = false;
    }

    const std::vector<Arc>& arcs_;
    std::vector<bool> on_path_;
    std::vector<int> path_;
    int start_ = 0;
};

}  // namespace

TEST_CASE("biconnected components are those of an enumeration of all circles") {
    std::mt19937 random(7);
    const auto pick = [&](int below) { return static_cast<int>(random() % below); };
    for (int round = 0; round < 800; ++round) {
        const int nodes = 2 + pick(5);
        std::vector<Arc> arcs;
        for (int count = pick(9); count > 0; --count) {
            const int a = pick(nodes);
            const int b = pick(nodes);
            // from lower to higher: no cycles, as in a plan; parallel arcs are wanted
            if (a != b) arcs.push_back({std::min(a, b), std::max(a, b)});
        }
        std::shuffle(arcs.begin(), arcs.end(), random);
        const auto component = biconnected_components(nodes, arcs);
        const auto needs = arcs_that_need_room(nodes, arcs, component);

        std::set<std::pair<int, int>> together;
        std::vector<bool> parts(arcs.size(), false);
        for (const auto& circle : Circles(nodes, arcs).found) {
            for (std::size_t i = 0; i < circle.size(); ++i) {
                const int arc = circle[i];
                const int next = circle[(i + 1) % circle.size()];
                for (const int other : circle) {
                    together.emplace(arc, other);
                }
                // the circle's neighbours leave one node: here two ways part
                if (arcs[arc].from == arcs[next].from) parts[arc] = parts[next] = true;
            }
        }
        for (int a = 0; a < static_cast<int>(arcs.size()); ++a) {
            REQUIRE(component[a] >= 0);
            REQUIRE(needs[a] == parts[a]);
            for (int b = 0; b < a; ++b) {
                REQUIRE((component[a] == component[b]) == (together.count({a, b}) > 0));
            }
        }
    }
}

TEST_CASE("long graphs need no stack") {
    constexpr int kNodes = 100000;
    std::vector<Arc> arcs;
    for (int i = 0; i + 1 < kNodes; ++i) {
        arcs.push_back({i, i + 1});
    }
    arcs.push_back({0, kNodes - 1});
    const auto component = biconnected_components(kNodes, arcs);
    REQUIRE(std::all_of(component.begin(), component.end(), [](int c) { return c == 0; }));
    const auto needs = arcs_that_need_room(kNodes, arcs, component);
    REQUIRE(std::count(needs.begin(), needs.end(), true) == 2);
}

TEST_CASE("copies that meet again are buffered by their copier", "[R20]") {
    const Planned p =
        planned_well(stage("read") + stage("left") + stage("right", "from = \"read\"") +
                     stage("join", "inputs = { l = \"left\", r = \"right\" }"));
    REQUIRE(p.command("copy:read.stdout") == "pipectl-helper copy --tell 5 --memory 4194304 3 4");
    REQUIRE(p.process("copy:read.stdout").reason ==
            "'read.stdout' is read by 'left' and 'right'; copies of 'read' meet again at 'join': a "
            "spill buffer for each, 4MiB in memory, then disk");
    REQUIRE(p.plan.processes.size() == 5);
}

TEST_CASE("copies that do not meet again are not buffered") {
    const Planned p = planned_well(stage("read") + stage("left", "stdout = \"l\"") +
                                   stage("right", "from = \"read\"\nstdout = \"r\""));
    REQUIRE(p.command("copy:read.stdout") == "pipectl-helper copy --tell 5 3 4");
}

TEST_CASE("only the copies that meet again are buffered") {
    const Planned p =
        planned_well(stage("read") + stage("left") + stage("right", "from = \"read\"") +
                     stage("join", "inputs = { l = \"left\", r = \"right\" }") +
                     stage("slow", "from = \"read\"\nstdout = \"s\""));
    REQUIRE(p.command("copy:read.stdout") == "pipectl-helper copy --tell 6 3 4 5");
    REQUIRE(p.at("slow", 0) == "reads pipe from copy:read.stdout");
    REQUIRE(p.at("left", 0) == "reads pipe from spill:read.stdout->left.stdin");
    REQUIRE(p.command("spill:read.stdout->right.stdin") ==
            "pipectl-helper copy --memory 4194304 3");
}

TEST_CASE("fan-in of copies is a diamond") {
    const Planned p =
        planned_well(stage("read") + stage("left") + stage("right", "from = \"read\"") +
                     stage("join", "from = [\"left\", \"right\"]"));
    REQUIRE(p.command("copy:read.stdout") == "pipectl-helper copy --tell 5 --memory 4194304 3 4");
    const Planned twice = planned_well(stage("a") + stage("b", "from = [\"a\", \"a\"]"));
    REQUIRE(twice.command("copy:a.stdout") == "pipectl-helper copy --tell 5 --memory 4194304 3 4");
}

TEST_CASE("two outputs of a stage that meet again get a spill buffer each", "[R20]") {
    const Planned p = planned_well(stage("a") + stage("b", "from = [\"a\", \"a.stderr\"]"));
    REQUIRE(p.at("a", 1) == "writes pipe to spill:a.stdout->b.stdin");
    REQUIRE(p.at("a", 2) == "writes pipe to spill:a.stderr->b.stdin");
    REQUIRE(p.process("spill:a.stdout->b.stdin").reason ==
            "outputs of 'a' meet again at 'b': spill buffer, 4MiB in memory, then disk");
    const Planned named = planned_well(stage("a", "outputs = [\"x\"]") +
                                       stage("b", "inputs = { y = \"a.x\" }\nfrom = \"a\""));
    REQUIRE(named.has_process("spill:a.x->b.y"));
}

TEST_CASE("dealt lines that meet again get a spill buffer each") {
    const Planned p =
        planned_well(stage("a", "fan-out = \"deal\"") + stage("x") + stage("y", "from = \"a\"") +
                     stage("end", "from = [\"x\", \"y\"]\nfan-in = \"lines\""));
    REQUIRE(p.command("deal:a.stdout") == "pipectl-helper deal --tell 5 3 4");
    REQUIRE(p.at("x", 0) == "reads pipe from spill:a.stdout->x.stdin");
    REQUIRE(p.at("y", 0) == "reads pipe from spill:a.stdout->y.stdin");
}

TEST_CASE("diamonds in a row and diamonds in diamonds") {
    const Planned row =
        planned_well(stage("a") + stage("b") + stage("c", "from = \"a\"") +
                     stage("d", "inputs = { l = \"b\", r = \"c\" }") + stage("e") +
                     stage("f", "from = \"d\"") + stage("g", "inputs = { l = \"e\", r = \"f\" }"));
    REQUIRE(row.command("copy:a.stdout").find("--memory") != std::string::npos);
    REQUIRE(row.process("copy:d.stdout").reason.find("meet again at 'g'") != std::string::npos);
    const Planned nested = planned_well(
        stage("a") + stage("b") + stage("b1") + stage("b2", "from = \"b\"") +
        stage("bj", "inputs = { l = \"b1\", r = \"b2\" }") + stage("c", "from = \"a\"") +
        stage("end", "inputs = { l = \"bj\", r = \"c\" }"));
    REQUIRE(nested.command("copy:a.stdout").find("--memory") != std::string::npos);
    REQUIRE(nested.command("copy:b.stdout").find("--memory") != std::string::npos);
}

TEST_CASE("a spool file has room enough, and so has a spill buffer of the user's") {
    const std::string join = stage("join", "inputs = { l = \"left\", r = \"right\" }");
    const Planned files = planned_well(stage("read") + stage("left", "via = \"file\"") +
                                       stage("right", "from = \"read\"\nvia = \"file\"") + join);
    REQUIRE(files.command("copy:read.stdout") == "pipectl-helper copy --tell 5 3 4");
    const Planned mixed = planned_well(stage("read") + stage("left", "via = \"file\"") +
                                       stage("right", "from = \"read\"") + join);
    REQUIRE(mixed.command("copy:read.stdout") ==
            "pipectl-helper copy --tell 5 --memory 4194304 3 4");
    const Planned users =
        planned_well(stage("read") + stage("left", "buffer = { memory = \"1k\" }") +
                     stage("right", "from = \"read\"\nbuffer = \"spill\"") + join);
    REQUIRE(users.command("copy:read.stdout") == "pipectl-helper copy --tell 5 3 4");
    REQUIRE(users.command("spill:read.stdout->left.stdin") ==
            "pipectl-helper copy --memory 1024 3");
}

TEST_CASE("a limited buffer in a diamond is respected, with a warning that names the stages") {
    const std::string join = stage("join", "inputs = { l = \"left\", r = \"right\" }");
    const Planned none = planned(stage("read") + stage("left", "buffer = \"none\"") +
                                 stage("right", "from = \"read\"\nbuffer = \"none\"") + join);
    REQUIRE(none.command("copy:read.stdout") == "pipectl-helper copy --tell 5 3 4");
    REQUIRE(none.diagnostics.size() == 2);
    REQUIRE(none.diagnostics[0].severity == pipectl::Severity::warning);
    REQUIRE(
        none.diagnostics[0].message ==
        "stages 'read', 'left', 'right' and 'join' can lock up: the ways from 'read' meet again "
        "at 'join', and there is no buffer before 'left'");
    const Planned one = planned(stage("read") + stage("left", "buffer = \"64k\"") +
                                stage("right", "from = \"read\"") + join);
    REQUIRE(one.says("and there is a buffer of only 64KiB before 'left'"));
    REQUIRE(one.command("copy:read.stdout") == "pipectl-helper copy --tell 5 3 4");
    REQUIRE(one.command("buffer:read.stdout->left.stdin") == "pipectl-helper copy --room 65536 3");
    REQUIRE(one.has_process("spill:read.stdout->right.stdin"));
}

TEST_CASE("a buffer behind the place where ways part does not matter") {
    const Planned p =
        planned_well(stage("read") + stage("left") + stage("right", "from = \"read\"") +
                     stage("join",
                           "inputs = { l = { stage = \"left\", buffer = \"none\" }, "
                           "r = \"right\" }"));
    REQUIRE(p.command("copy:read.stdout") == "pipectl-helper copy --tell 5 --memory 4194304 3 4");
}

TEST_CASE("many diamonds in one pipeline are each buffered", "[S24]") {
    std::string text;
    constexpr int kDiamonds = 250;
    for (int i = 0; i < kDiamonds; ++i) {
        const std::string n = std::to_string(i);
        text += stage("a" + n) + stage("b" + n) + stage("c" + n, "from = \"a" + n + "\"") +
                stage("d" + n, "inputs = { l = \"b" + n + "\", r = \"c" + n + "\" }");
    }
    const Planned p = planned_well(text);
    REQUIRE(p.plan.processes.size() == kDiamonds * 5U);
    REQUIRE(p.command("copy:a249.stdout") == "pipectl-helper copy --tell 5 --memory 4194304 3 4");
}
