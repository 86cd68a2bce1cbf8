// What is measured of a run: the arithmetic of bytes, when to look, what a system call waits for.

#include <sys/syscall.h>

#include "orchestrator/run/bytes_moved.hpp"
#include "orchestrator/run/call_kind.hpp"
#include "orchestrator/run/look_schedule.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/planned.hpp"

using namespace pipectl;  // NOLINT: a test of one library
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kMega = 1 << 20;
/// What it takes to start a program, in bytes read.
constexpr std::int64_t kStart = 7000;

const char* const kChain = R"(
[[stage]]
name = "a"
run = ["x"]
[[stage]]
name = "b"
run = ["x"]
[[stage]]
name = "c"
run = ["x"]
)";

}  // namespace

TEST_CASE("an edge carried what its producer wrote, when its consumer has read as much") {
    const auto plan = planned_well(kChain).plan;
    const auto moved = bytes_moved(
        plan, {{IoCount{kStart, 100}, IoCount{100 + kStart, 60}, IoCount{60 + kStart, 5}}});
    CHECK(moved.edges == std::vector<Moved>{{100}, {60}});
    CHECK(moved.processes[1].in.bytes == 100);
    CHECK(moved.processes[1].out.bytes == 60);
    CHECK(moved.processes[2].in.bytes == 60);
    CHECK(moved.processes[2].out.bytes == 5);
    // what a first stage read may have been nothing but itself
    CHECK_FALSE(moved.processes[0].in.bytes);
    CHECK(moved.processes[0].out.bytes == 100);
}

TEST_CASE("what a stage wrote into files, or read from them, is not its edge's") {
    const auto plan = planned_well(kChain).plan;
    const auto moved = bytes_moved(
        plan, {{IoCount{kStart, 3 * kMega}, IoCount{kMega, 2 * kMega}, IoCount{5 * kMega, 0}}});
    CHECK(moved.edges[0].bytes == kMega);
    CHECK(moved.edges[1].bytes == 2 * kMega);
}

TEST_CASE("bytes that were moved past the kernel's counters are taken from the neighbours") {
    const auto plan = planned_well(kChain).plan;
    const auto moved =
        bytes_moved(plan, {{IoCount{0, kMega}, IoCount{kStart, 0}, IoCount{kMega + kStart, 0}}});
    CHECK(moved.edges[0].bytes == kMega);
    CHECK(moved.edges[1].bytes == kMega + kStart);
    const auto unknown = bytes_moved(plan, {{std::nullopt, std::nullopt, std::nullopt}});
    CHECK_FALSE(unknown.edges[0].bytes);
    CHECK_FALSE(unknown.processes[1].in.bytes);
}

TEST_CASE("readers of one port do not add up, inputs of one stage do") {
    const auto plan = planned_well(R"(
[[stage]]
name = "a"
run = ["x"]
[[stage]]
name = "b"
run = ["x"]
[[stage]]
name = "c"
from = "a"
run = ["x"]
[[stage]]
name = "d"
from = ["b", "c"]
run = ["x"]
)")
                          .plan;
    std::vector<std::optional<IoCount>> counts(plan.processes.size(), IoCount{});
    counts[0] = IoCount{kStart, 1000};
    counts[1] = IoCount{1000 + kStart, 300};
    counts[2] = IoCount{1000 + kStart, 500};
    counts[3] = IoCount{800 + kStart, 0};
    const auto moved = bytes_moved(plan, {counts});
    CHECK(moved.processes[0].out.bytes == 1000);
    CHECK(moved.processes[1].in.bytes == 1000);
    CHECK(moved.processes[3].in.bytes == 800);
}

TEST_CASE(
    "what a stage of several processes wrote is an upper bound, unless little can be inside") {
    const auto plan = planned_well(kChain).plan;
    const auto exactness_of = [&](const IoCount& two, std::int64_t read_by_three) {
        ByteEvidence evidence{{IoCount{kStart, 10 * kMega}, two, IoCount{read_by_three, 0}}};
        evidence.several = {false, true, false};
        return bytes_moved(plan, evidence).edges[1];
    };
    // sort | uniq: 10 in, 10 from one to the other, 4 out
    CHECK(exactness_of({20 * kMega + kStart, 14 * kMega}, 4 * kMega + kStart) ==
          Moved{4 * kMega + kStart, Exactness::sampled});
    // the same with a reader whose own files hide what came to it
    CHECK(exactness_of({20 * kMega + kStart, 14 * kMega}, 9 * kMega) ==
          Moved{9 * kMega, Exactness::at_most});
    // one program after the other: nothing went between them
    CHECK(exactness_of({10 * kMega + kStart, 5 * kMega}, 5 * kMega + kStart) ==
          Moved{5 * kMega, Exactness::sampled});
    // so little that starting the programs may have been all that was read
    CHECK(exactness_of({10 * kMega + kStart, 600}, 300 + kStart) == Moved{600, Exactness::at_most});
}

TEST_CASE("what a stage of several processes read elsewhere is an upper bound") {
    const auto plan = planned_well(kChain).plan;
    ByteEvidence evidence{{IoCount{10 * kMega, 1000}, IoCount{kStart, 0}, IoCount{kStart, 0}}};
    CHECK(bytes_moved(plan, evidence).processes[0].in == Moved{10 * kMega, Exactness::sampled});
    evidence.several_read = {true, false, false};
    CHECK(bytes_moved(plan, evidence).processes[0].in == Moved{10 * kMega, Exactness::at_most});
}

TEST_CASE("a link that counts by itself is believed before all others, also behind a bridge") {
    const auto plan = planned_well(std::string("[pipeline]\nvia = 'shm'\n") + kChain).plan;
    ByteEvidence evidence;
    evidence.counts.resize(plan.processes.size(), IoCount{kMega, kMega});
    evidence.carried.resize(plan.links.size());
    for (std::size_t i = 0; i < plan.links.size(); ++i) {
        if (plan.links[i].kind->name == "shm") {
            evidence.carried[i] = 12345;
        }
    }
    for (const Moved& edge : bytes_moved(plan, evidence).edges) {
        CHECK(edge == Moved{12345, Exactness::counted});
    }
}

TEST_CASE("looks grow fewer with a run's age and stop for seconds when nothing moves") {
    LookSchedule schedule(false);
    CHECK(schedule.pause_after(50ms, 0ms, false) == 20ms);
    CHECK(schedule.pause_after(5s, 0ms, false) == 50ms);
    CHECK(schedule.pause_after(1h, 0ms, false) == 1s);
    CHECK(schedule.pause_after(5s, 1ms, false) >= 400ms);
    std::chrono::steady_clock::duration before_the_pause{};
    auto pause = schedule.pause_after(50ms, 0ms, true);
    for (int looks = 0; pause < 2s && looks < 10; ++looks) {
        before_the_pause += pause;
        pause = schedule.pause_after(50ms + before_the_pause, 0ms, true);
    }
    CHECK(before_the_pause < 500ms);
    CHECK(pause >= 5s);
    CHECK(schedule.pause_after(1min, 0ms, true) > pause);
    CHECK(schedule.pause_after(1h, 0ms, false) == 1s);
    schedule.stir();
    CHECK(schedule.pause_after(1s, 0ms, true) < 100ms);
}

TEST_CASE("somebody who watches an idle run sees it fewer than five times a second") {
    LookSchedule schedule(true);
    for (int look = 0; look < 20; ++look) {
        const auto pause = schedule.pause_after(5s, 0ms, true);
        CHECK(pause <= 500ms);
        CHECK((look < 4 || pause > 200ms));
    }
}

TEST_CASE("a run of any length keeps a bounded number of looks") {
    LookSchedule schedule(false);
    int kept = 0;
    for (auto since = 50ms; since < 24h; since += 20ms) {
        kept += schedule.keeps(since) ? 1 : 0;
    }
    CHECK(kept > 200);
    CHECK(kept < 3000);
}

TEST_CASE("a system call tells what a process waits for") {
    CHECK(kind_of_call(SYS_read) == CallKind::reads);
    CHECK(kind_of_call(SYS_recvfrom) == CallKind::reads);
    CHECK(kind_of_call(SYS_writev) == CallKind::writes);
    CHECK(kind_of_call(SYS_splice) == CallKind::moves);
    CHECK(kind_of_call(SYS_sendfile) == CallKind::sends);
    CHECK(kind_of_call(SYS_ppoll) == CallKind::polls);
    CHECK(kind_of_call(SYS_fdatasync) == CallKind::stores);
    CHECK(kind_of_call(SYS_futex) == CallKind::other);
    CHECK(kind_of_call(SYS_nanosleep) == CallKind::other);
}
