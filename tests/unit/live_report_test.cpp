// What `ps` and `top` show of runs that go on.

#include <algorithm>

#include "orchestrator/report/live_report.hpp"
#include "orchestrator/text/width.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run_events.hpp"

using namespace pipectl;
using Catch::Matchers::ContainsSubstring;

namespace {

LiveView view(const RunEvents& events) {
    return {"0123abcd", "0123", summarize(events.events())};
}

RunEvents two_stages() {
    RunEvents events;
    events.process("read", {"cat"}, 2).process("sort", {"sort"}, 5);
    return events;
}

}  // namespace

TEST_CASE("a run is running until all its stages have ended", "[control]") {
    RunEvents events = two_stages();
    events.start_all();
    CHECK(live_state(view(events)) == "running");
    CHECK_THAT(render_ps({view(events)}, false), ContainsSubstring("running     2/2"));
    events.end(1, 0, ExitStatus{}, Verdict::ok);
    CHECK_THAT(render_ps({view(events)}, false), ContainsSubstring("1/2"));
    events.end(2, 1, ExitStatus{}, Verdict::ok);
    CHECK(live_state(view(events)) == "ending");
}

TEST_CASE("a run that did not answer is listed by its id", "[control]") {
    const LiveView silent{"0123abcd", "0123", std::nullopt};
    CHECK(render_ps({silent}, false) ==
          "RUN   PIPELINE  AGE  STATE    STAGES\n0123  -           -  unknown       -\n");
    CHECK_THAT(render_live_json({silent}), ContainsSubstring("\"state\": \"unknown\""));
    CHECK_THAT(render_top({silent}, {}, false), ContainsSubstring("does not answer"));
}

TEST_CASE("rates come from the last two looks", "[control]") {
    RunEvents events = two_stages();
    events.start_all();
    Sampled before;
    before.processes.resize(2);
    before.processes[0] = {Activity::running, 0, 1024 * 1024, 0.5, 4096};
    Sampled now = before;
    now.processes[0] = {Activity::output, 0, 3 * 1024 * 1024, 1.5, 8192};
    events.at(1, before).at(3, now);
    const std::string text = render_top({view(events)}, {}, false);
    CHECK_THAT(text, ContainsSubstring("waits for room"));
    CHECK_THAT(text, ContainsSubstring("50 %"));
    CHECK_THAT(text, ContainsSubstring("~1.0 MiB/s"));
    const std::string json = render_live_json({view(events)});
    CHECK_THAT(json, ContainsSubstring(
                         "\"state\": \"waits for room\", \"waits_for\": null, \"cpu_share\": 0.5, "
                         "\"rss_bytes\": 8192, \"bytes_in\": 0, "
                         "\"bytes_out\": 3145728, \"bytes_in_per_s\": 0, "
                         "\"bytes_out_per_s\": 1048576}"));
}

TEST_CASE("top keeps to the lines that the screen has", "[control]") {
    RunEvents events = two_stages();
    events.start_all();
    const std::string text = render_top({view(events), view(events)}, {4, 80}, false);
    CHECK(std::count(text.begin(), text.end(), '\n') == 4);
    CHECK_THAT(text, ContainsSubstring("(6 lines more)"));
}

TEST_CASE("a stage that is stopped is shown as such and moves nothing", "[control]") {
    RunEvents events = two_stages();
    events.start_all();
    Sampled before;
    before.processes.resize(2);
    before.processes[0] = {Activity::running, 0, 1024 * 1024, 0.5, 4096};
    Sampled now = before;
    now.processes[0] = {Activity::stopped, 0, 3 * 1024 * 1024, 1.5, 8192};
    events.at(1, before).at(3, now);
    LiveView one = view(events);
    const std::string stage = render_top({one}, {}, false);
    CHECK_THAT(stage, ContainsSubstring("read  stopped"));
    CHECK_THAT(stage, ContainsSubstring("0 B/s"));
    CHECK_THAT(stage, !ContainsSubstring("1.0 MiB/s"));
    CHECK_THAT(stage, !ContainsSubstring("50 %"));
    CHECK(live_state(one) == "running");
    one.known->wall_s = 40;
    one.known->stopped_s = 28;
    CHECK(live_state(one) == "stopped");
    CHECK_THAT(render_top({one}, {}, false), ContainsSubstring("stopped for 12.0 s"));
}

TEST_CASE("no row of top is wider than the terminal, and rates stay longest", "[control]") {
    RunEvents events;
    events.process("read-\xe6\xbc\xa2\xe5\xad\x97-of-a-long-name", {"cat"}, 2);
    events.start_all();
    Sampled before;
    before.processes = {{Activity::input, 0, 1 << 20, 0.5, 4096}};
    Sampled now = before;
    now.processes[0].bytes_out = 3 << 20;
    events.at(1, before).at(3, now);
    for (const std::size_t columns : {20U, 40U, 60U, 80U, 110U, 200U}) {
        const std::string text = render_top({view(events)}, {24, columns}, false);
        INFO(columns << "\n" << text);
        for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
            CHECK(width_of(text.substr(at, text.find('\n', at) - at)) <= columns);
        }
        CHECK((text.find("OUT/s") != std::string::npos) == (columns >= 60));
        CHECK((text.find("MEMORY") != std::string::npos) == (columns >= 110));
    }
}
