// How a run compares with earlier ones: the median, and the stage that is why.

#include "orchestrator/history/past_run.hpp"
#include "orchestrator/history/render.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;
using namespace pipectl::history;
using Catch::Matchers::ContainsSubstring;

namespace {

PastRun run_of(double wall_s, double read_s, double sort_s, bool sampled = true) {
    PastRun run;
    run.run = "0123456789abcdef";
    run.pipeline = "words";
    run.started_at = "2026-05-06T07:08:09Z";
    run.verdict = "ok";
    run.wall_s = wall_s;
    for (const auto& [name, own] : {std::pair("read", read_s), std::pair("sort", sort_s)}) {
        PastStage stage;
        stage.name = name;
        stage.verdict = "ok";
        stage.wall_s = wall_s;
        stage.cpu_s = own;
        if (sampled) stage.own_s = own;
        run.stages.push_back(stage);
    }
    return run;
}

std::string told(const PastRun& run, const std::vector<PastRun>& earlier) {
    const auto comparison = compare(run, earlier);
    return comparison ? sentence(run, *comparison) : "nothing";
}

}  // namespace

TEST_CASE("without earlier runs there is nothing to compare with", "[history]") {
    CHECK(told(run_of(1, 1, 1), {}) == "nothing");
}

TEST_CASE("the median of an even number of runs lies between the two in the middle", "[history]") {
    const auto comparison = compare(
        run_of(6, 1, 1), {run_of(1, 1, 1), run_of(9, 1, 1), run_of(2, 1, 1), run_of(4, 1, 1)});
    REQUIRE(comparison);
    CHECK(comparison->median_s == 3);
    CHECK(comparison->ratio == 2);
    CHECK(comparison->earlier == 4);
}

TEST_CASE("the stage that took most of the additional time is why", "[history]") {
    const std::vector<PastRun> earlier = {run_of(2, 1, 1), run_of(2, 1, 1), run_of(2, 1, 1)};
    CHECK(told(run_of(4, 1.2, 3), earlier) ==
          "2.0 times slower than the median of 3 earlier runs (2.0 s), and 'sort' is why: 3.0 s of "
          "its own time, usually 1.0 s");
    CHECK_THAT(told(run_of(4, 1, 1.1), earlier), ContainsSubstring("no single stage is why"));
    CHECK_THAT(told(run_of(1, 0.5, 0.5), earlier), ContainsSubstring("2.0 times faster"));
    CHECK_THAT(told(run_of(2, 1, 1), earlier), ContainsSubstring("as fast as"));
}

TEST_CASE("where nobody looked the processor time decides", "[history]") {
    const std::vector<PastRun> earlier = {run_of(2, 1, 1, false)};
    CHECK_THAT(told(run_of(4, 3, 1, false), earlier),
               ContainsSubstring("'read' is why: 3.0 s of processor time"));
    // of earlier runs that were over at once it is near enough
    CHECK_THAT(told(run_of(4, 3, 1, true), earlier), ContainsSubstring("'read' is why"));
}

TEST_CASE("a stage that is new has no median", "[history]") {
    PastRun run = run_of(2, 1, 1);
    run.stages.back().name = "uniq";
    const auto comparison = compare(run, {run_of(2, 1, 1)});
    REQUIRE(comparison);
    CHECK(comparison->stage_medians[0]);
    CHECK_FALSE(comparison->stage_medians[1]);
    CHECK_THAT(render_comparison(run, *comparison, false), ContainsSubstring("new"));
}

TEST_CASE("a difference names the stage that grew", "[history]") {
    const std::string text = render_diff(run_of(2, 1, 1), run_of(5, 1, 4), false);
    CHECK_THAT(text, ContainsSubstring("The second took 3.0 s longer; 'sort' took 3.0 s more by"));
    CHECK_THAT(render_diff(run_of(2, 1, 1), run_of(2, 1, 1), false),
               ContainsSubstring("Both took the same time"));
}

TEST_CASE("hostile names stay on their line", "[history]") {
    PastRun run = run_of(2, 1, 1);
    run.pipeline = "a\n\x1b[31mb";
    run.stages[0].name = "x\ty";
    CHECK(render_list({{run, std::nullopt}}, false).find('\x1b') == std::string::npos);
    CHECK(render_diff(run, run, false).find('\x1b') == std::string::npos);
}
