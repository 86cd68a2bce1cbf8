// How a run compares with earlier ones: the median, and the stage that is why.

#include "orchestrator/history/past_run.hpp"
#include "orchestrator/history/difference.hpp"
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
    const auto comparison = history::compare(run, earlier);
    return comparison ? sentence(run, *comparison) : "nothing";
}

}  // namespace

TEST_CASE("without earlier runs there is nothing to compare with", "[history]") {
    CHECK(told(run_of(1, 1, 1), {}) == "nothing");
}

TEST_CASE("the median of an even number of runs lies between the two in the middle", "[history]") {
    const auto comparison = history::compare(
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
    const auto comparison = history::compare(run, {run_of(2, 1, 1)});
    REQUIRE(comparison);
    CHECK(comparison->stage_medians[0]);
    CHECK_FALSE(comparison->stage_medians[1]);
    CHECK_THAT(render_comparison(run, *comparison, false), ContainsSubstring("new"));
}

TEST_CASE("a difference names the stage that grew", "[history]") {
    const std::string text = render_diff(run_of(2, 1, 1), run_of(5, 1, 4), {}, false);
    CHECK_THAT(text, ContainsSubstring("The second took 3.0 s longer; 'sort' took 3.0 s more by"));
    CHECK_THAT(render_diff(run_of(2, 1, 1), run_of(2, 1, 1), {}, false),
               ContainsSubstring("Both took the same time"));
}

TEST_CASE("hostile names stay on their line", "[history]") {
    PastRun run = run_of(2, 1, 1);
    run.pipeline = "a\n\x1b[31mb";
    run.stages[0].name = "x\ty";
    CHECK(render_list({{run, std::nullopt}}, false).find('\x1b') == std::string::npos);
    CHECK(render_diff(run, run, {}, false).find('\x1b') == std::string::npos);
}

namespace {

/// read -> sort, with a parameter; `read` has read so many bytes.
Summary ran(const std::string& level, const std::string& program, std::int64_t bytes) {
    Summary summary;
    summary.source = "a.toml";
    summary.params = {{"level", level}};
    for (const char* name : {"read", "sort"}) {
        StageSummary stage;
        stage.name = name;
        stage.argv = {program, level};
        stage.account = Account();
        stage.account->bytes_in = bytes;
        summary.stages.push_back(stage);
    }
    summary.edges.push_back({"read.stdout", "sort.stdin", "pipe", std::nullopt});
    return summary;
}

bool alike(const Summary& left, const Summary& right) {
    const PastRun one = past_run("d", left);
    const PastRun other = past_run("d", right);
    const AboutAsMuch input = about_as_much(one.input_bytes);
    return one.commands == other.commands && one.params == other.params &&
           other.input_bytes >= input.least && other.input_bytes <= input.most;
}

}  // namespace

TEST_CASE("runs are compared that had the same commands, parameters and as much input",
          "[history]") {
    constexpr std::int64_t kMebi = 1 << 20;
    const Summary run = ran("3", "cat", 100 * kMebi);
    CHECK(alike(run, run));
    CHECK(alike(run, ran("3", "cat", 110 * kMebi)));
    CHECK_FALSE(alike(run, ran("3", "cat", 50 * kMebi)));
    CHECK_FALSE(alike(run, ran("4", "cat", 100 * kMebi)));
    CHECK_FALSE(alike(run, ran("3", "tac", 100 * kMebi)));
    CHECK(alike(ran("3", "cat", 0), ran("3", "cat", 4096)));
    // only what comes from outside: the second stage reads what the first one writes
    CHECK(input_bytes(run) == 100 * kMebi);
}

TEST_CASE("what differs is said first, and nothing of it steers a terminal", "[history]") {
    const Summary left = ran("3", "cat", 1 << 20);
    Summary right = ran("4", "cat", 1 << 30);
    right.edges.front().via = "tcp";
    CHECK(render_differences(differences(left, right)) ==
          "What differs:\n"
          "  parameter 'level':\n    1: 3\n    2: 4\n"
          "  command 'read':\n    1: cat 3\n    2: cat 4\n"
          "  command 'sort':\n    1: cat 3\n    2: cat 4\n"
          "  channel 'read.stdout -> sort.stdin':\n    1: pipe\n    2: tcp\n"
          "  input:\n    1: 1.0 MiB\n    2: 1.0 GiB\n");
    CHECK_THAT(render_differences(differences(left, left)), ContainsSubstring("the same commands"));
    right.params = {{"\x1b[31m", "\xc2\x9b"}};
    const std::string hostile = render_differences(differences(left, right));
    CHECK(hostile.find('\x1b') == std::string::npos);
    CHECK_THAT(hostile, ContainsSubstring("\\u009b"));
}

TEST_CASE("of long commands that differ the difference is shown", "[history]") {
    const std::string long_text(5000, 'x');
    const std::string text = render_differences(
        differences(ran(long_text + "old", "cat", 0), ran(long_text + "new", "cat", 0)));
    CHECK_THAT(text, ContainsSubstring("xold"));
    CHECK_THAT(text, ContainsSubstring("xnew"));
    CHECK(text.size() < 2000);
}
