#include "orchestrator/pages/compare_page.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/text.hpp"

using namespace pipectl;  // NOLINT: a test of one library

namespace {

const std::string kEvilName = "</script><img src=x onerror=alert(1)>\"'&<!--\x1b[2J\xff";

compare::Row shown_row(const std::string& channel, double median, int runs) {
    compare::Row made;
    made.channel = channel;
    made.median = {median, median * 0.95, median * 1.06};
    made.ratio = {median, median * 0.9, median * 1.1};
    made.p_value = 0.0004;
    made.differs = median != 1;
    made.cpu_s = median * 1.5;
    made.switches = 1000 * median;
    made.rss_bytes = 4 << 20;
    made.same_bytes = true;
    for (int i = 0; i < runs; ++i) {
        compare::Run run;
        run.wall_s = median * (0.95 + 0.01 * (i * 7 % 11));
        run.cpu_s = median;
        run.switches = 10;
        run.rss_bytes = 4096;
        run.first_byte_s = 0.001;
        made.runs.push_back(run);
    }
    return made;
}

compare::Comparison comparison(const std::string& suffix, int runs) {
    compare::Comparison made;
    made.pipeline = "copy" + suffix;
    made.source = "copy.toml" + suffix;
    made.rounds = runs;
    made.answer = "`unix` is 1.31 times faster than `pipe`" + suffix;
    made.command = "pipectl compare copy.toml" + suffix;
    made.toml = "via = \"unix\"" + suffix;
    made.warnings = {"the machine was busy" + suffix};
    made.sinks = {{"wc.stdout" + suffix, 9, "0123456789abcdef"}};
    made.same_bytes = true;
    made.table.rows = {shown_row("pipe", 1, runs), shown_row("unix" + suffix, 0.76, runs),
                       shown_row("tcp", 1.9, runs)};
    made.table.rows.push_back({});
    made.table.rows.back().channel = "raw";
    made.table.rows.back().failed = "needs CAP_NET_RAW" + suffix;
    made.table.best = made.table.choice = 1;
    made.table.significant = true;
    compare::Table one = made.table;
    one.stage = "count" + suffix;
    made.matrix = {one};
    return made;
}

}  // namespace

TEST_CASE("the page of a comparison has the answer first and what to type") {
    const std::string page = render_compare_page(comparison("", 10));
    const auto answer = page.find("1.31 times faster", page.find("<body>"));
    REQUIRE(answer != std::string::npos);
    CHECK(answer < page.find("Every run"));
    CHECK(has(page, "via = &quot;unix&quot;"));
    CHECK(has(page, "pipectl compare copy.toml"));
    CHECK(has(page, "1.32× faster"));
    CHECK(has(page, "1.90× slower"));
    CHECK(has(page, "needs CAP_NET_RAW"));
    CHECK(has(page, "into count"));
    CHECK(has(page, "\"channel\": \"tcp\""));
}

TEST_CASE("a hostile comparison makes a page in which nothing of it is markup") {
    const std::string page = render_compare_page(comparison(kEvilName, 10));
    CHECK(!has(page, "<img"));
    CHECK(!has(page, "\x1b"));
    const auto script = page.find("</script>");
    CHECK((script == std::string::npos || page.find("</script>", script + 1) == std::string::npos));
}

TEST_CASE("the page of a comparison is small however many runs there were") {
    CHECK(render_compare_page(comparison("", 10000)).size() < 300'000);
}

TEST_CASE("a comparison in which nothing was measured has a page") {
    compare::Comparison made;
    made.answer = "nothing could be measured";
    CHECK(has(render_compare_page(made), "nothing could be measured"));
}
