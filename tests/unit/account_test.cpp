// What is measured of a run: the arithmetic of bytes, when to look, what a system call waits for.

#include <sys/syscall.h>

#include "orchestrator/meter/bytes_moved.hpp"
#include "orchestrator/meter/call_kind.hpp"
#include "orchestrator/meter/look_schedule.hpp"
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

/// What the kernel counted, of programs that cannot move bytes past its count.
ByteEvidence counted(const std::vector<std::optional<IoCount>>& counts) {
    ByteEvidence evidence;
    for (const auto& count : counts) {
        evidence.processes.push_back({count});
    }
    return evidence;
}

}  // namespace

TEST_CASE("an edge carried what its producer wrote, when its consumer has read as much") {
    const auto plan = planned_well(kChain).plan;
    const auto moved = bytes_moved(
        plan, counted({IoCount{kStart, 100}, IoCount{100 + kStart, 60}, IoCount{60 + kStart, 5}}));
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
    const auto moved =
        bytes_moved(plan, counted({IoCount{kStart, 30 * kMega}, IoCount{10 * kMega, 20 * kMega},
                                   IoCount{50 * kMega, 0}}));
    CHECK(moved.edges[0] == Moved{10 * kMega});
    CHECK(moved.edges[1] == Moved{20 * kMega});
    // so little that starting the program may have been most of it
    const auto few = bytes_moved(plan, counted({IoCount{kStart, kMega}, IoCount{100 + kStart, 60},
                                                IoCount{60 + kStart, 5}}));
    CHECK(few.edges[0] == Moved{100 + kStart, Exactness::at_most});
}

TEST_CASE("who can move bytes past the count is no witness, and the other one is a bound") {
    const auto plan = planned_well(kChain).plan;
    // the one in the middle splices a part of what it moves: 35 MiB
    ByteEvidence evidence = counted({IoCount{kStart, 35 * kMega}, IoCount{5 * kMega, 5 * kMega},
                                     IoCount{35 * kMega + kStart, 0}});
    evidence.processes[1].uncounted = {true, true};
    CHECK(bytes_moved(plan, evidence).edges ==
          std::vector<Moved>{{35 * kMega, Exactness::at_most},
                             {35 * kMega + kStart, Exactness::at_most}});
    // also where its writer could have done the same, and nothing shows that it did
    evidence.processes[0].uncounted = {true, true};
    CHECK(bytes_moved(plan, evidence).edges[0] == Moved{35 * kMega, Exactness::at_most});
    evidence.processes[0].uncounted = {false, false};
    // it could have, and its neighbours show that it did not
    evidence.processes[1].count = IoCount{35 * kMega + kStart, 35 * kMega};
    CHECK(bytes_moved(plan, evidence).edges == std::vector<Moved>{{35 * kMega}, {35 * kMega}});
    const auto unknown = bytes_moved(plan, counted({std::nullopt, std::nullopt, std::nullopt}));
    CHECK_FALSE(unknown.edges[0].bytes);
    CHECK_FALSE(unknown.processes[1].in.bytes);
}

TEST_CASE("two that agree are not believed when each was caught moving bytes past the count") {
    const auto plan =
        planned_well(std::string(kChain) + "[[stage]]\nname = \"d\"\nrun = [\"x\"]\n").plan;
    ByteEvidence evidence =
        counted({IoCount{kStart, 35 * kMega}, IoCount{5 * kMega, 5 * kMega},
                 IoCount{5 * kMega + kStart, 5 * kMega}, IoCount{35 * kMega + kStart, 0}});
    evidence.processes[1].uncounted = evidence.processes[2].uncounted = {true, true};
    const auto moved = bytes_moved(plan, evidence);
    CHECK(moved.edges[0] == Moved{35 * kMega, Exactness::at_most});
    CHECK_FALSE(moved.edges[1].bytes);
    CHECK(moved.edges[2] == Moved{35 * kMega + kStart, Exactness::at_most});
}

TEST_CASE("what moves no bytes past the count, but could, does not hide how little was written") {
    const auto plan = planned_well(kChain).plan;
    ByteEvidence evidence =
        counted({IoCount{kStart, 21}, IoCount{21 + kStart, 21}, IoCount{600000, 0}});
    evidence.processes[2].uncounted = {true, true};  // a large interpreter
    CHECK(bytes_moved(plan, evidence).edges == std::vector<Moved>{{21}, {21}});
    evidence.processes[0].uncounted = {true, true};
    CHECK(bytes_moved(plan, evidence).edges[0] == Moved{21 + kStart, Exactness::at_most});
}

TEST_CASE("what a reader left in its channel did not come to it") {
    const auto plan = planned_well(kChain).plan;
    ByteEvidence evidence = counted(
        {IoCount{kStart, 3 * kMega}, IoCount{2 * kMega + kStart, 10}, IoCount{10 + kStart, 0}});
    evidence.left = {kMega, 0};
    CHECK(bytes_moved(plan, evidence).edges[0] == Moved{2 * kMega});
    evidence.carried = {3 * kMega, std::nullopt};
    CHECK(bytes_moved(plan, evidence).edges[0] == Moved{2 * kMega, Exactness::counted});
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
    const auto moved = bytes_moved(plan, counted(counts));
    CHECK(moved.processes[0].out.bytes == 1000);
    CHECK(moved.processes[1].in.bytes == 1000);
    CHECK(moved.processes[3].in.bytes == 800);
}

TEST_CASE("what helpers count is each edge's own, where they copy, deal and merge") {
    const auto plan = planned_well(R"(
[[stage]]
name = "a"
run = ["x"]
fan-out = "deal"
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
    ByteEvidence evidence;
    evidence.carried.resize(plan.links.size());
    const auto carry = [&](const std::string& from, const std::string& to, std::int64_t bytes) {
        for (std::size_t i = 0; i < plan.links.size(); ++i) {
            const Link& link = plan.links[i];
            const auto name = [&](int process) {
                return plan.processes[static_cast<std::size_t>(process)].name;
            };
            if (name(link.writer).starts_with(from) && name(link.reader).starts_with(to)) {
                evidence.carried[i] = bytes;
            }
        }
    };
    carry("a", "deal", 1000);
    carry("spill", "b", 600);
    carry("spill", "c", 400);
    carry("b", "concat", 60);
    carry("c", "concat", 40);
    carry("concat", "d", 100);
    const auto moved = bytes_moved(plan, evidence);
    CHECK(moved.edges == std::vector<Moved>{{600, Exactness::counted},
                                            {400, Exactness::counted},
                                            {60, Exactness::counted},
                                            {40, Exactness::counted}});
    CHECK(moved.processes[0].out == Moved{1000, Exactness::counted});
    CHECK(moved.processes[3].in == Moved{100, Exactness::counted});
    for (std::size_t i = 4; i < plan.processes.size(); ++i) {
        CHECK(moved.processes[i].in == moved.processes[i].out);
        CHECK(moved.processes[i].in.are == Exactness::counted);
    }
    // what the dealer read says nothing of one of its readers
    evidence.carried.assign(plan.links.size(), std::nullopt);
    carry("a", "deal", 1000);
    CHECK(bytes_moved(plan, evidence).edges[0].bytes == std::nullopt);
}

TEST_CASE(
    "what a stage of several processes wrote is an upper bound, unless little can be inside") {
    const auto plan = planned_well(kChain).plan;
    const auto exactness_of = [&](const IoCount& two, std::int64_t read_by_three) {
        ByteEvidence evidence =
            counted({IoCount{kStart, 10 * kMega}, two, IoCount{read_by_three, 0}});
        evidence.processes[1].of_others = {true, true};
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
    // so little that starting the programs may have been all that was read: the lesser bound
    CHECK(exactness_of({10 * kMega + kStart, 600}, 300 + kStart) == Moved{600, Exactness::at_most});
}

TEST_CASE("what a stage of several processes read elsewhere is an upper bound") {
    const auto plan = planned_well(kChain).plan;
    ByteEvidence evidence =
        counted({IoCount{10 * kMega, 1000}, IoCount{kStart, 0}, IoCount{kStart, 0}});
    CHECK(bytes_moved(plan, evidence).processes[0].in == Moved{10 * kMega, Exactness::sampled});
    evidence.processes[0].of_others = {true, false};
    CHECK(bytes_moved(plan, evidence).processes[0].in == Moved{10 * kMega, Exactness::at_most});
}

TEST_CASE("a link that counts by itself is believed before all others, also behind a bridge") {
    const auto plan = planned_well(std::string("[pipeline]\nvia = 'shm'\n") + kChain).plan;
    ByteEvidence evidence;
    evidence.processes.resize(plan.processes.size(), {IoCount{kMega, kMega}});
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

TEST_CASE("looks grow fewer with a run's age and stop for seconds when nothing moves", "[R32]") {
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
    CHECK(schedule.pause_after(1min, 0ms, true) == pause);  // for ends that are held back
    CHECK(schedule.pause_after(1min, 0ms, true) > pause);
    CHECK(schedule.pause_after(1h, 0ms, false) == 1s);
    schedule.stir();
    CHECK(schedule.pause_after(1s, 0ms, true) < 100ms);
}

TEST_CASE("somebody who watches an idle run sees it fewer than five times a second", "[R32]") {
    LookSchedule schedule(true);
    for (int look = 0; look < 20; ++look) {
        const auto pause = schedule.pause_after(5s, 0ms, true);
        CHECK(pause <= 500ms);
        CHECK((look < 4 || pause > 200ms));
    }
}

TEST_CASE("a run of any length keeps a bounded number of looks", "[R35]") {
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
    for (const long call : {SYS_splice, SYS_tee, SYS_vmsplice}) {
        CHECK(is_past_the_count(call));
    }
    for (const long call : {SYS_read, SYS_write, SYS_sendfile, SYS_copy_file_range}) {
        CHECK_FALSE(is_past_the_count(call));
    }
}
