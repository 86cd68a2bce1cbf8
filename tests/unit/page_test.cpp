#include <algorithm>

#include "orchestrator/pages/detail.hpp"
#include "orchestrator/pages/markup.hpp"
#include "orchestrator/pages/run_page.hpp"
#include "orchestrator/pages/scale.hpp"
#include "orchestrator/report/read_record.hpp"
#include "orchestrator/report/record.hpp"
#include "stages/base/html.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run_events.hpp"
#include "tests/support/text.hpp"

using namespace pipectl;  // NOLINT: a test of one library

namespace {

const std::string kEvil =
    "</script></style></title><img src=x onerror=alert(1)>\"'&<!--\x1b[2J\xff\xe2\x80\xae";

/// A chain of stages that were looked at `moments` times.
Summary chain(int stages, int moments, const std::string& suffix) {
    Summary summary;
    summary.pipeline = "chain" + suffix;
    summary.source = "chain.toml" + suffix;
    summary.wall_s = 10;
    for (int i = 0; i < stages; ++i) {
        StageSummary stage;
        stage.name = "stage-" + std::to_string(i) + suffix;
        stage.argv = {"/bin/cat" + suffix, suffix, suffix};
        stage.pid = 100 + i;
        stage.verdict = Verdict::ok;
        stage.status = ExitStatus{};
        stage.start_s = 0.5;
        stage.end_s = 9.5;
        stage.stderr_tail = suffix;
        Account account;
        account.samples = moments;
        account.running_s = 4;
        account.input_s = 5;
        account.bytes_in = account.bytes_out = 1 << 30;
        account.first_byte_s = 0.75;
        stage.account = account;
        summary.stages.push_back(stage);
        if (i > 0) {
            EdgeSummary edge = {summary.stages[static_cast<std::size_t>(i) - 1].name + ".stdout",
                                stage.name + ".stdin", "pipe" + suffix, std::nullopt};
            edge.account =
                EdgeAccounted{i - 1, 1 << 30, Exactness::counted, moments, 0.5, 0.25, 65536};
            summary.edges.push_back(edge);
        }
    }
    for (int i = 0; i < moments; ++i) {
        Moment moment;
        moment.at_s = 0.5 + 9.0 * i / moments;
        for (int stage = 0; stage < stages; ++stage) {
            // no two moments alike: nothing can be joined
            const auto activity = static_cast<Activity>(1 + (i * 7 + stage * 3 + i / 3) % 5);
            moment.seen.processes.push_back({activity, i * 1234567 + stage, i * 7654321 + stage,
                                             0.001 * i, 4096 * (1 + i % 9)});
        }
        moment.seen.filled.assign(summary.edges.size(), i * 7919 % 65536);
        summary.moments.push_back(std::move(moment));
    }
    summary.bottleneck = Bottleneck{0, "it" + suffix, "nothing" + suffix};
    summary.end = RunEnded{Verdict::ok, 0, 0, ""};
    return summary;
}

}  // namespace

TEST_CASE("text for a page cannot become markup or steer a terminal") {
    CHECK(html_escaped("<a href=\"x\" id='y'>&amp;") ==
          "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;");
    CHECK(html_escaped("a\x1b[31m\xff\xe2\x80\xae") == "a\\x1b[31m\\xff\\u202e");
    CHECK(json_for_html(R"({"a":"</script><!--&"})") ==
          R"({"a":"\u003c/script\u003e\u003c!--\u0026"})");
}

TEST_CASE("markup is closed as HTML and SVG want it") {
    Markup markup;
    markup.open("p").with("class", "a\"b").close();
    markup.open("rect").with("x", 1.25).with("y", 3).close();
    markup.open("meta").with("name", "x").close().leaf("b", "<>");
    CHECK(markup.take() ==
          "<p class=\"a&quot;b\"></p><rect x=\"1.3\" y=\"3\"/><meta name=\"x\"><b>&lt;&gt;</b>");
}

TEST_CASE("coordinates are short and always numbers") {
    CHECK(coordinate(12) == "12");
    CHECK(coordinate(-0.04) == "0");
    CHECK(coordinate(3.14159) == "3.1");
    CHECK(coordinate(0.0 / std::max(0.0, -1.0)) == "0");
}

TEST_CASE("ticks of an axis are round numbers within it") {
    CHECK(round_ticks(0, 3.2, 8) == std::vector<double>{0, 0.5, 1, 1.5, 2, 2.5, 3});
    CHECK(round_ticks(1, 1, 8).empty());
    CHECK(tick_time(0.5, 0.5) == "0.5 s");
    CHECK(tick_time(0.02, 0.01) == "20 ms");
    CHECK(tick_time(90, 30) == "1 m 30 s");
}

TEST_CASE("a page shows verdict and bottleneck and has the record for programs") {
    const std::string page = render_run_page(chain(3, 50, ""));
    CHECK(has(page, "Succeeded in 10.0 s."));
    CHECK(has(page, "What limited it:"));
    CHECK(has(page, "default-src &#39;none&#39;"));
    CHECK(!has(page, "http://"));
    CHECK(!has(page, "https://"));
    CHECK(!has(page, "url("));
    const std::string begin = "<script type=\"application/json\" id=\"data\">";
    const auto at = page.find(begin);
    REQUIRE(at != std::string::npos);
    const auto json = page.substr(at + begin.size());
    CHECK(read_record(json.substr(0, json.find("</script>"))).stages.size() == 3);
}

TEST_CASE("a hostile record makes a page in which nothing of it is markup") {
    for (const int stages : {2, 100}) {
        const std::string page = render_run_page(chain(stages, 20, kEvil));
        CHECK(!has(page, "<img"));
        CHECK(!has(page, "alert(1)>"));
        CHECK(!has(page, "\x1b"));
        CHECK(!has(page, "\xe2\x80\xae"));
        // one block of data, or none
        const auto scripts = page.find("</script>");
        CHECK((scripts == std::string::npos ||
               page.find("</script>", scripts + 1) == std::string::npos));
        CHECK(page.size() < 300'000);
    }
}

TEST_CASE("the page says in words how often the run was looked at") {
    CHECK(render_run_page(chain(3, 50, "")).find(" Sampled 50 times.") != std::string::npos);
    CHECK(render_run_page(chain(3, 1, "")).find(" Sampled once.") != std::string::npos);
}

TEST_CASE("the page of a hundred stages with two hundred moments is small and has them all") {
    const std::string page = render_run_page(chain(100, 200, ""));
    CHECK(page.size() < 300'000);
    CHECK(has(page, "stage-99"));
    CHECK(!has(page, "too many"));
}

TEST_CASE("the page of ten thousand stages is small and says what it leaves out") {
    const std::string page = render_run_page(chain(10000, 2, ""));
    CHECK(page.size() < 300'000);
    CHECK(has(page, "more stages"));
}

TEST_CASE("the page of a hundred thousand edges is small and says what it leaves out", "[S24]") {
    Summary summary = chain(3, 2, "");
    for (int i = 0; i < 100000; ++i) {
        summary.edges.push_back({"stage-0.out" + std::to_string(i),
                                 "stage-1.in" + std::to_string(i), "pipe", std::nullopt});
    }
    const std::string page = render_run_page(summary);
    CHECK(page.size() < 300'000);
    CHECK(has(page, "more edges that are not drawn"));
    CHECK(has(page, "more edges."));
}

TEST_CASE("a page is made of runs that were over at once or never began") {
    CHECK(has(render_run_page(chain(2, 0, "")), "over before anybody looked"));
    Summary refused = chain(2, 0, "");
    for (StageSummary& stage : refused.stages) {
        stage.pid.reset();
        stage.start_s.reset();
        stage.end_s.reset();
        stage.account.reset();
        stage.verdict = Verdict::not_started;
    }
    refused.end = RunEnded{Verdict::failed, 127, 0, "no program 'x'"};
    CHECK(has(render_run_page(refused), "Was refused, exit status 127"));
    CHECK(has(render_run_page(Summary()), "was not recorded"));
}

TEST_CASE("edges that run in a circle or lead nowhere do not stop a page") {
    Summary circle = chain(2, 5, "");
    circle.edges.push_back({"stage-1.more", "stage-0.stdin", "pipe", std::nullopt});
    CHECK(has(render_run_page(circle), "run in a circle"));
    Summary talk = chain(2, 5, "");
    talk.edges.push_back({"stage-1.stdout", "stage-0.stdin", "pipe", std::nullopt});
    CHECK_FALSE(has(render_run_page(talk), "run in a circle"));
    Summary nowhere = chain(2, 5, "");
    nowhere.edges.push_back({"x", "", "pipe", std::nullopt});
    CHECK(has(render_run_page(nowhere), "<th scope=\"row\">x →"));
}

TEST_CASE("an edge whose reader began when its writer had ended is called a gate") {
    Summary summary = chain(2, 20, "");
    CHECK_FALSE(has(render_run_page(summary), "a gate"));
    summary.stages[0].end_s = 3;
    summary.stages[1].start_s = 3.5;
    const std::string page = render_run_page(summary);
    CHECK(has(page, "a gate"));
    CHECK(has(page, "A gate: its reader began when its writer had ended."));
}
