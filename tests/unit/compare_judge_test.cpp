// From figures to an answer: who leads, when nothing can be said, what is proved of the bytes.

#include "orchestrator/compare/judge.hpp"
#include "orchestrator/compare/limits.hpp"
#include "orchestrator/compare/proof.hpp"
#include "orchestrator/compare/render.hpp"
#include "orchestrator/compare/words.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl::compare;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Ten runs around `seconds`, each some thousandths from the others.
Row row(const std::string& channel, double seconds, int runs = 10) {
    Row made;
    made.channel = channel;
    for (int i = 0; i < runs; ++i) {
        Run run;
        run.wall_s = seconds * (1 + 0.001 * ((i * 7) % 10));
        made.runs.push_back(run);
    }
    return made;
}

Table judged(std::vector<Row> rows, int baseline = 0) {
    Table table;
    table.rows = std::move(rows);
    table.baseline = baseline;
    judge(table);
    return table;
}

}  // namespace

TEST_CASE("a channel that is clearly faster is the best, the choice, and told by how much") {
    const Table table = judged({row("pipe", 1.31), row("unix", 1.0), row("shm", 1.6)});
    CHECK(table.best == 1);
    CHECK(table.choice == 1);
    CHECK(table.significant);
    CHECK(table.worth_changing());
    CHECK(table.rows[1].differs);
    CHECK_FALSE(table.rows[0].leads);
    CHECK_THAT(answer(table), ContainsSubstring("unix is 1.31 times faster than pipe (95 %: 1.3"));
    CHECK(lines_to_paste(table) == "[pipeline]\nvia = \"unix\"\n");
}

TEST_CASE("channels that cannot be told apart are named, and the plainest of them is chosen") {
    const Table table = judged({row("pipe", 2), row("unix", 1.001), row("shm", 1.0)});
    CHECK(table.best == 2);
    CHECK(table.choice == 1);
    CHECK_FALSE(table.significant);
    CHECK(table.worth_changing());
    CHECK_THAT(answer(table), ContainsSubstring("unix is 2.00 times faster than pipe") &&
                                  ContainsSubstring("nothing to choose between it and shm"));
}

TEST_CASE("without a difference nothing is to be changed") {
    const Table table = judged({row("pipe", 1.0), row("unix", 1.001)});
    CHECK_FALSE(table.significant);
    CHECK_FALSE(table.worth_changing());
    CHECK(answer(table) == "no significant difference between pipe and unix");
    CHECK(lines_to_paste(table).empty());
}

TEST_CASE("who compares with many channels needs more to be sure of each") {
    const auto runs_of = [](const std::string& channel, std::initializer_list<double> seconds) {
        Row made;
        made.channel = channel;
        for (const double each : seconds) {
            Run run;
            run.wall_s = each;
            made.runs.push_back(run);
        }
        return made;
    };
    // the rank test alone says 0.03 of each other channel: one in ten such tables would have one
    const Row base = runs_of("pipe", {10, 11, 12, 13, 14});
    const auto other = [&](const char* channel) { return runs_of(channel, {1, 2, 3, 4, 11.5}); };
    CHECK(judged({base, other("unix")}).rows[1].differs);
    const Table table = judged({base, other("unix"), other("tcp"), other("shm")});
    CHECK(table.rows[1].p_value > kSignificance);
    CHECK_FALSE(table.rows[1].differs);
}

TEST_CASE("where time tells nothing the processor's time may") {
    Row busy = row("pipe", 1.0);
    Row easy = row("unix", 1.0);
    for (std::size_t i = 0; i < busy.runs.size(); ++i) {
        busy.runs[i].cpu_s = 0.50 + 0.001 * static_cast<double>(i);
        easy.runs[i].cpu_s = 0.25 + 0.001 * static_cast<double>(i);
    }
    CHECK_THAT(answer(judged({busy, easy})),
               ContainsSubstring("no significant difference between pipe and unix; unix takes 0.50 "
                                 "of the processor time of pipe"));
    CHECK(answer(judged({easy, busy})) == "no significant difference between unix and pipe");
}

TEST_CASE("what limits a channel is said in words where its figures show it") {
    constexpr std::int64_t kBytes = std::int64_t{100} << 20;
    const auto with = [](Row made, double cpu_s, double system_s, std::int64_t switches) {
        for (Run& run : made.runs) {
            run.cpu_s = cpu_s;
            run.system_s = system_s;
            run.switches = switches;
            run.bytes = kBytes;
        }
        return made;
    };
    const Row plain = with(row("pipe", 1.0), 1.0, 0.8, 200);
    Row bridged = with(row("mq", 2.0), 3.0, 2.6, 3000);
    for (Run& run : bridged.runs) {
        run.helpers = 2;
        run.helpers_cpu_s = 1.8;
    }
    const Table table = judged({plain, bridged, with(row("unix", 1.5), 0.6, 0.4, 200)});
    CHECK(limit_of(table.rows[0], table.rows[0]).empty());
    CHECK(limit_of(table.rows[1], table.rows[0]) ==
          "3.0 times the processor time, taken by 2 helper processes more that copy each byte "
          "into the kernel and out; 30 context switches for each MiB against 2.0: its ends wake "
          "each other more often");
    CHECK(limit_of(table.rows[2], table.rows[0]) ==
          "its processes wait for each other more: 0.40 processors are busy on average against "
          "1.0");
    CHECK(common_limit(table).empty());
    CHECK(limit_lines(table).size() == 2);
    CHECK(limit_lines(table).front().starts_with("unix: "));
}

TEST_CASE("a stage that computes for most of the run over every channel is the common limit") {
    Row one = row("pipe", 1.0);
    Row two = row("unix", 1.01);
    for (Row* const each : {&one, &two}) {
        for (Run& run : each->runs)
            run.busiest_s = 0.9;
    }
    const Table table = judged({one, two});
    CHECK_THAT(common_limit(table), ContainsSubstring("one stage computes for 89 %") &&
                                        ContainsSubstring("none makes that shorter"));
    CHECK(limit_lines(table).size() == 1);
    CHECK(limit_of(table.rows[1], table.rows[0]).empty());
}

TEST_CASE("a sure difference of a hundredth is none that matters") {
    const Table table = judged({row("pipe", 1.015), row("unix", 1.0)});
    CHECK(table.rows[1].p_value < kSignificance);
    CHECK_FALSE(table.rows[1].differs);
    CHECK_FALSE(table.significant);
}

TEST_CASE("a baseline that wins is said to win") {
    const Table table = judged({row("pipe", 1.0), row("tcp", 2.0), row("udp", 3.0)});
    CHECK(table.significant);
    CHECK(table.choice == 0);
    CHECK_FALSE(table.worth_changing());
    CHECK(answer(table) == "pipe is the fastest; the next, tcp, takes 2.00 times as long");
}

TEST_CASE("three runs are too few for any difference, and a warning says how many are enough") {
    Comparison comparison;
    comparison.table = judged({row("pipe", 2.0, 3), row("unix", 1.0, 3)});
    CHECK_FALSE(comparison.table.significant);
    CHECK_THAT(answer(comparison.table), ContainsSubstring("too few runs to tell"));
    const auto warnings = find_warnings(comparison);
    CHECK(std::any_of(warnings.begin(), warnings.end(), [](const std::string& warning) {
        return warning.find("--runs 4 is the least") != std::string::npos;
    }));
}

TEST_CASE("rows that failed are left out, also the baseline") {
    Row failed = row("pipe", 0.1);
    failed.failed = "no";
    Table table = judged({failed, row("unix", 1.0), row("tcp", 2.0)});
    CHECK(table.best == 1);
    CHECK(table.baseline == 1);
    CHECK(table.significant);
    table = judged({failed});
    CHECK(table.best == -1);
    CHECK(table.choice == -1);
    CHECK(answer(table) == "nothing could be measured");
}

TEST_CASE("the bytes of every run are held against the reference") {
    Table table = judged({row("pipe", 1.0), row("unix", 1.0)});
    prove(table, {{"a", "a"}, {"a", "b"}}, "a");
    CHECK(table.rows[0].same_bytes == true);
    CHECK(table.rows[1].same_bytes == false);
    CHECK(table.rows[1].digest == "b");
    Comparison comparison;
    comparison.table = table;
    CHECK(same_bytes(comparison) == false);

    // a pipeline that does not repeat itself proves nothing
    table = judged({row("pipe", 1.0), row("unix", 1.0)});
    prove(table, {{"b", "c"}, {"d", "e"}}, "a");
    comparison.table = table;
    CHECK_FALSE(same_bytes(comparison).has_value());

    table = judged({row("pipe", 1.0), row("unix", 1.0)});
    prove(table, {{"a", "a"}, {"a", "a"}}, "a");
    comparison.table = table;
    CHECK(same_bytes(comparison) == true);
}

TEST_CASE("a size is a part of the name and of what is to be pasted") {
    Row large = row("pipe", 1.0);
    large.size = "1MiB";
    Table table = judged({row("pipe", 2.0), large});
    table.stage = "count";
    CHECK_THAT(answer(table), ContainsSubstring("pipe 1MiB is 2.00 times faster than pipe"));
    CHECK(lines_to_paste(table) ==
          "[[stage]]\nname = \"count\"\nvia = { channel = \"pipe\", size = \"1MiB\" }\n");
}

TEST_CASE("what a hostile run says cannot steer a terminal or a Markdown page") {
    Comparison comparison;
    comparison.pipeline = "a|b\n# title <script>";
    comparison.table = judged({row("pipe", 1.0), row("unix", 1.0)});
    comparison.table.rows[1].failed = "stage '\x1b[31m|`x`' failed\nmore";
    judge(comparison.table);
    comparison.sinks.push_back({"a\x1b[2J.stdout", 3, "0123456789abcdef"});
    comparison.same_bytes = true;
    comparison.command = "pipectl compare $'\\e'";
    for (const std::string& text :
         {render_text(comparison, false), render_markdown(comparison), render_json(comparison)}) {
        CAPTURE(text);
        CHECK(text.find('\x1b') == std::string::npos);
    }
    const std::string markdown = render_markdown(comparison);
    CHECK(markdown.find("<script>") == std::string::npos);
    CHECK(markdown.find("\n# title") == std::string::npos);
    CHECK(markdown.find("a\\|b") != std::string::npos);
}
