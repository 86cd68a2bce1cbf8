#include "orchestrator/report/progress.hpp"

#include "orchestrator/report/status_lines.hpp"
#include "orchestrator/report/terminal_text.hpp"
#include "orchestrator/text/width.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run_events.hpp"

using namespace pipectl;  // NOLINT: a test of one library

namespace {

Sampled seen(std::vector<Sampled::Process> processes) {
    Sampled sampled;
    sampled.processes = std::move(processes);
    return sampled;
}

/// read -> sort -> top, of which `top` has not been started; 2 MiB moved between 1 s and 3 s.
Summary half_way() {
    RunEvents run;
    run.process("read", {"zcat"}, 1)
        .process("sort", {"sort"}, 2)
        .process("top", {"head"}, 3)
        .process("copy:x", {"pipectl-helper"}, 3, true)
        .edge("read.stdout", "sort.stdin", "pipe")
        .edge("sort.stdout", "top.stdin", "pipe")
        .start_run()
        .at(0, ProcessStarted{0, 100})
        .at(0.5, ProcessStarted{1, 101});
    Summary summary = summarize(run.events());
    constexpr std::int64_t kMebi = 1 << 20;
    summary.moments = {
        {1,
         seen({{Activity::running, 0, kMebi, 0.5, 0}, {Activity::input, kMebi, 0, 0, 0}, {}, {}})},
        {3, seen({{Activity::output, 0, 3 * kMebi, 1, 0},
                  {Activity::running, 3 * kMebi, 0, 0, 0},
                  {},
                  {}})}};
    summary.wall_s = 3;
    return summary;
}

}  // namespace

TEST_CASE("progress shows what each stage is doing, how much and how fast") {
    CHECK(progress_block(half_way(), 80, 24) ==
          std::vector<std::string>{
              "pipectl: 'slow-requests' 3.0 s: 2 of 3 stages running",
              "  read  ~3.0 MiB  ~1.0 MiB/s  waits for room at 'sort'",
              "  sort      ~0 B      ~0 B/s  running",
              "  top                         waits to be started",
          });
    CHECK(progress_line(half_way()) ==
          "pipectl: 'slow-requests' 3.0 s: 2 of 3 stages running; read ~3.0 MiB ~1.0 MiB/s waits "
          "for room at 'sort', sort ~0 B ~0 B/s running, top waits to be started");
}

TEST_CASE("progress says of a stage that its readers' end is held back", "[R42]") {
    Summary summary = half_way();
    summary.moments.back().seen.processes[0].holds_end_back = true;
    CHECK(progress_block(summary, 120, 24)[1] ==
          "  read  ~3.0 MiB  ~1.0 MiB/s  works on with its output closed: the end is shown when it "
          "has ended well");
}

TEST_CASE("progress tells how much of the input is read and how long the rest may take") {
    auto summary = half_way();
    CHECK_FALSE(time_left(summary));
    summary.moments.back().seen.input_read = 25;
    summary.moments.back().seen.input_size = 100;
    CHECK(time_left(summary) == Approx(9));
    CHECK(progress_block(summary, 120, 24).front() ==
          "pipectl: 'slow-requests' 3.0 s: 2 of 3 stages running, 25 % of the input, about 9.0 s "
          "left");
    summary.moments.back().seen.input_read = 100;
    CHECK_FALSE(time_left(summary));
    summary.moments.back().seen.input_size = 0;
    CHECK_FALSE(time_left(summary));
}

TEST_CASE("progress is never wider or higher than the terminal and cannot steer it") {
    RunEvents run;
    for (int i = 0; i < 50; ++i) {
        run.process("stage\xe6\xbc\xa2\xe5\xad\x97\x1b[31m\n\xc3\xa4" + std::to_string(i), {"x"},
                    i);
    }
    run.start_all();
    Summary summary = summarize(run.events());
    summary.moments = {{1, seen({})}, {2, seen({})}};
    const auto block = progress_block(summary, 20, 10);
    CHECK(block.size() == 10);
    CHECK(block.back() == "  and 42 more");
    for (const auto& line : block) {
        CHECK(width_of(line) <= 20);
        CHECK(line.find_first_of("\x1b\n\r") == std::string::npos);
    }
    CHECK(progress_line(summary).find_first_of("\x1b\n\r") == std::string::npos);
    CHECK(progress_line(summary).ends_with(", and 42 more"));
    CHECK(progress_block(summary, 0, 1).size() == 1);
    CHECK(progress_block({}, 80, 24).size() == 1);
}

TEST_CASE("the status says for whom each stage waits, and what it has moved") {
    const auto status = render_status(half_way(), 3);
    CHECK(status.find("  read  running for 3.0 s (pid 100), waits for room at 'sort', ~3.0 MiB "
                      "written\n") != std::string::npos);
    CHECK(status.find("  sort  running for 2.5 s (pid 101), running, ~3.0 MiB read\n") !=
          std::string::npos);
}

TEST_CASE("a terminal is told only what it understands", "[R49]") {
    CHECK(skills_of("xterm-256color", "").mark);
    CHECK(skills_of("tmux-256color", "").title);
    CHECK_FALSE(skills_of("xterm-256color", "iTerm.app").mark);
    CHECK_FALSE(skills_of("foot", "").mark);
    CHECK(skills_of("linux", "").moves);
    CHECK_FALSE(skills_of("linux", "").title);
    CHECK_FALSE(skills_of("dumb", "").moves);
    CHECK_FALSE(skills_of("dumb", "").title);
}

TEST_CASE("a block leaves the cursor's row alone and goes without knowing where it was", "[R49]") {
    CHECK(draw_block({"one", "two"}, false) ==
          "\x1b"
          "D\x1b"
          "D\x1b[2A\x1b"
          "7\r\none\x1b[K\r\ntwo\x1b[K\x1b"
          "8");
    CHECK(draw_block({"one"}, true).starts_with("\x1b[J"));
    CHECK(erase_block() == "\x1b[J");
}

TEST_CASE("a title is kept once and put back, and its mark says what is known", "[R49]") {
    CHECK(set_title("x", 25, true, false) == "\x1b[22;2t\x1b]2;x\x07\x1b]9;4;1;25\x07");
    CHECK(set_title("x", std::nullopt, true, true) == "\x1b]2;x\x07\x1b]9;4;3\x07");
    CHECK(set_title("x", 25, false, true) == "\x1b]2;x\x07");
    CHECK(restore_title(true) == "\x1b]2;\x07\x1b[23;2t\x1b]9;4;0\x07");
}
