#include "orchestrator/meter/standstill.hpp"

#include "tests/support/catch.hpp"

using namespace pipectl;

namespace {

/// Processes a, b, c, d with these links between them, by index: writer, reader.
Plan plan_of(const std::vector<std::pair<int, int>>& links) {
    Plan plan;
    for (const char* name : {"a", "b", "c", "d"}) {
        Process process;
        process.name = name;
        plan.processes.push_back(process);
    }
    for (const auto& [writer, reader] : links) {
        Link link;
        link.writer = writer;
        link.reader = reader;
        plan.links.push_back(link);
    }
    return plan;
}

// a feeds b and c, which feed d
const Plan kDiamondPlan = plan_of({{0, 1}, {0, 2}, {1, 3}, {2, 3}});

}  // namespace

TEST_CASE("a diamond whose ways wait for each other is a circle", "[R21]") {
    // a has no room towards c, c none towards d, which reads b first, which has no data
    const std::vector<LinkWaits> waits = {{true, {1}}, {true, {0}}, {true, {3}}, {true, {2}}};
    const std::vector<int> circle = circle_of_waits(kDiamondPlan, waits);
    CHECK(circle.size() == 4);
    CHECK(describe_circle(kDiamondPlan, waits, circle) ==
          "'a' waits for room at 'c', 'c' waits for room at 'd', 'd' waits for data from 'b', 'b' "
          "waits for data from 'a'");
}

TEST_CASE("who may go on by itself or has another way out frees all that wait for it", "[R21]") {
    const std::vector<LinkWaits> stuck = {{true, {1}}, {true, {0}}, {true, {3}}, {true, {2}}};
    for (std::size_t i = 0; i < stuck.size(); ++i) {
        CAPTURE(i);
        std::vector<LinkWaits> waits = stuck;
        waits[i].surely = false;  // it runs, sleeps, has ended, waits for the outside
        CHECK(circle_of_waits(kDiamondPlan, waits).empty());
        waits[i] = {true, {}};
        CHECK(circle_of_waits(kDiamondPlan, waits).empty());
    }
    // a could go on as well if there were data from d, which runs
    const Plan plan = plan_of({{0, 1}, {1, 0}, {3, 0}});
    CHECK(circle_of_waits(plan, {{true, {1, 2}}, {true, {0}}, {}, {}}).empty());
    CHECK(circle_of_waits(plan, {{true, {1}}, {true, {0}}, {}, {}}) == std::vector<int>{0, 1});
}

TEST_CASE("a chain that waits for its first stage is no circle") {
    const Plan chain = plan_of({{0, 1}, {1, 2}, {2, 3}});
    CHECK(circle_of_waits(chain, {{false, {}}, {true, {0}}, {true, {1}}, {true, {2}}}).empty());
    CHECK(circle_of_waits(chain, {{true, {0}}, {true, {1}}, {true, {2}}, {}}).empty());
}
