// What a run says of itself: bytes, waits, processor time, and the stage that decided how long it
// took. Ratios only: no time is asked for by itself.

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/edges.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

Record record_of(const TemporaryFolder& folder) {
    return Record(folder.read("record.json"));
}

double number(const Record& record, std::string_view stage, std::string_view key) {
    const std::string text = record.member(stage, key);
    INFO(stage << " " << key << " " << text);
    REQUIRE(!text.empty());
    REQUIRE(text != "null");
    return std::atof(text.c_str());
}

std::string bottleneck_of(const Record& record) {
    const std::string wanted = "\"bottleneck\": {\n    \"stage\": \"";
    const auto at = record.text().find(wanted);
    return at == std::string::npos ? "" : record.text().substr(at + wanted.size(), 3);
}

double processor_time(int who) {
    rusage usage{};
    ::getrusage(who, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Works on each line for a while.
constexpr const char* kBusy = "awk '{ for (i = 0; i < 3000; i++) x += i; print }'";
/// Sleeps for a while over each line.
constexpr const char* kSleepy = "while read l; do sleep 0.02; echo $l; done";

/// Three stages: `one` makes lines, `two` hands them on, `ten` takes them. The slow one works as
/// `slow` says, and the others as fast as they can.
std::string three_stages(const std::string& slow, int where, int lines) {
    const std::string make = "seq " + std::to_string(lines);
    const std::string one = where == 0 ? make + " | " + slow : make;
    const std::string two = where == 1 ? slow : "cat";
    const std::string three = where == 2 ? slow + " > /dev/null" : "cat > /dev/null";
    return shell("one", one) + shell("two", two) + shell("ten", three);
}

struct Slow {
    std::string how;
    int lines;
};

/// On a processor, asleep, at a disk.
std::vector<Slow> kinds_of_slow(const TemporaryFolder& folder) {
    const std::string disk =
        "dd bs=1k iflag=fullblock oflag=dsync status=none of=" + folder.path("disk") + "; echo";
    return {{kBusy, 3000}, {kSleepy, 20}, {disk, 300000}};
}

const char* name_at(int where) {
    return where == 0 ? "one" : where == 1 ? "two" : "ten";
}

Record run_with_slow(const TemporaryFolder& folder, const Slow& slow, int where) {
    run_pipectl(folder, three_stages(slow.how, where, slow.lines), {"--json", "record.json"});
    return record_of(folder);
}

}  // namespace

TEST_CASE("the bytes of ordinary programs are told exactly over every channel") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string definition = stage("make", {"seq", "100000"}) + stage("hand", {"cat"}) +
                                   stage("order", {"sort", "-n"}) + stage("count", {"wc", "-c"});
    for (const std::string& channel : channels()) {
        INFO(channel);
        const auto result =
            run_pipectl(folder, definition, {"--via", channel, "--json", "record.json"});
        REQUIRE(result.status == exited(0));
        CHECK(result.out == "588895\n");
        const Record record = record_of(folder);
        for (const char* from : {"make.stdout", "hand.stdout", "order.stdout"}) {
            CHECK(edge_member(record, from, "bytes") == "588895");
        }
        CHECK(record.member("hand", "bytes_in") == "588895");
        CHECK(record.member("order", "bytes_out") == "588895");
        CHECK(record.member("count", "bytes_out") == "7");
    }
}

// A process that is over within microseconds may be root's before anyone has asked for its counts.
TEST_CASE("the bytes of an ordinary user's programs are told too") {
    if (::geteuid() != 0) {
        WARN("SKIPPED: only root can become somebody else");
        return;
    }
    const LeakCheck check;
    const TemporaryFolder folder;
    REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
    RunOptions options;
    options.uid = 65534;
    const auto result =
        run_pipectl(folder, shell("make", "seq 1000; sleep 0.1") + stage("count", {"wc", "-c"}),
                    {"--json", "/dev/stderr"}, std::move(options));
    REQUIRE(result.status == exited(0));
    CHECK(edge_member(Record(result.err), "make.stdout", "bytes") == "3893");
}

// Its processes' sums hold what went between them: nobody is to take that for its output.
TEST_CASE("a stage that pipes inside itself tells an upper bound where it cannot be exact") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const auto result = run_pipectl(folder,
                                    stage("make", {"seq", "1000000"}) +
                                        shell("inner", "sort -n | cat | tail -n 10") +
                                        stage("take", {"cat"}, {"stdout = { null = true }"}) +
                                        stage("one", {"seq", "1000"}, {"stdin = { null = true }"}) +
                                        stage("count", {"wc", "-c"}),
                                    {"--json", "record.json", "--summary"});
    REQUIRE(result.status == exited(0));
    const Record record = record_of(folder);
    INFO(record.text());
    CHECK(record.member("inner", "bytes_in") == "6888896");
    CHECK(record.member("inner", "bytes_in_are") == "\"sampled\"");
    CHECK(record.member("inner", "bytes_out_are") == "\"at most\"");
    CHECK(edge_member(record, "inner.stdout", "bytes_are") == "\"at most\"");
    // bounded by what its reader has read, which is little more than its own start
    CHECK(std::atof(edge_member(record, "inner.stdout", "bytes").c_str()) < 1 << 16);
    CHECK(record.member("one", "bytes_out_are") == "\"sampled\"");
    CHECK(edge_member(record, "one.stdout", "bytes") == "3893");
    CHECK(result.err.find("<= ") != std::string::npos);
}

TEST_CASE("rings count the bytes of native stages and of stages that pipe inside themselves") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string definition =
        "[[stage]]\nuse = 'fill'\nargs = ['10MiB']\n[[stage]]\nuse = 'pass'\n" +
        shell("inner", "cat | cat | head -c 5000") + stage("count", {"wc", "-c"});
    for (const char* channel : {"shm", "sysv-shm", "mmap"}) {
        INFO(channel);
        const auto result =
            run_pipectl(folder, definition, {"--via", channel, "--json", "record.json"});
        const Record record = record_of(folder);
        INFO(record.text());
        CHECK(result.out == "5000\n");
        CHECK(edge_member(record, "inner.stdout", "bytes") == "5000");
        for (const char* from : {"fill.stdout", "pass.stdout", "inner.stdout"}) {
            CHECK(edge_member(record, from, "bytes_are") == "\"counted\"");
        }
    }
    const auto whole =
        run_pipectl(folder, "[[stage]]\nuse = 'fill'\nargs = ['10MiB']\n[[stage]]\nuse = 'count'\n",
                    {"--via", "shm", "--json", "record.json"});
    REQUIRE(whole.status == exited(0));
    const Record record = record_of(folder);
    CHECK(edge_member(record, "fill.stdout", "bytes") == "10485760");
    CHECK(record.member("count", "bytes_in") == "10485760");
    CHECK(record.member("count", "bytes_in_are") == "\"counted\"");
}

TEST_CASE(
    "a slow stage in the middle makes the one before it wait for room and the one after it for "
    "data") {
    const LeakCheck check;
    const TemporaryFolder folder;
    // much more than the pipes hold, so that the first one has to wait, and long enough that the
    // start of the programs, which a busy machine draws out, is a small part of it
    const auto result =
        run_pipectl(folder,
                    pipeline({"via = { channel = 'pipe', size = '64KiB' }"}) +
                        stage("make", {"seq", "400000"}) +
                        stage("work", {"awk", "{ for (i = 0; i < 120; i++) x += i; print }"}) +
                        stage("take", {"wc", "-l"}),
                    {"--json", "record.json", "--summary"});
    REQUIRE(result.status == exited(0));
    const Record record = record_of(folder);
    INFO(record.text());
    const auto share = [&](const char* stage, const char* key) {
        return number(record, stage, key) /
               (number(record, stage, "end_s") - number(record, stage, "start_s"));
    };
    CHECK(share("make", "blocked_out_s") > 0.5);
    CHECK(share("work", "running_s") > 0.7);
    CHECK(share("take", "blocked_in_s") > 0.5);
    for (const char* stage : {"make", "work", "take"}) {
        double all = 0;
        for (const char* key :
             {"running_s", "blocked_in_s", "blocked_out_s", "disk_s", "sleeping_s"}) {
            all += share(stage, key);
        }
        CHECK(all == Approx(1).margin(0.05));
        CHECK(number(record, stage, "samples") >= 2);
        CHECK(record.member(stage, "bytes_out_are") == "\"sampled\"");
    }
    const auto of_edge = [&](const char* from, const char* key) {
        return std::atof(edge_member(record, from, key).c_str());
    };
    CHECK(of_edge("make.stdout", "full") > of_edge("make.stdout", "empty"));
    CHECK(of_edge("work.stdout", "empty") > of_edge("work.stdout", "full"));
    CHECK(result.err.find("bottleneck: 'work' was running") != std::string::npos);
}

TEST_CASE("the slow stage is named, wherever it stands and whatever it does", "[alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    for (const Slow& slow : kinds_of_slow(folder)) {
        for (int where = 0; where < 3; ++where) {
            const Record record = run_with_slow(folder, slow, where);
            INFO(slow.how << " at " << where << "\n" << record.text());
            CHECK(bottleneck_of(record) == name_at(where));
        }
    }
}

// By hand, some minutes: build/bin/system-tests "[.long]"
TEST_CASE("the slow stage is named in 20 of 20 runs of each case", "[.long]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    for (const Slow& slow : kinds_of_slow(folder)) {
        for (int where = 0; where < 3; ++where) {
            int named = 0;
            for (int run = 0; run < 20; ++run) {
                named +=
                    bottleneck_of(run_with_slow(folder, slow, where)) == name_at(where) ? 1 : 0;
            }
            WARN(named << " of 20: " << slow.how << " at " << where);
            CHECK(named == 20);
        }
    }
}

TEST_CASE("the stages' processor time adds up to that of all children", "[alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const double before = processor_time(RUSAGE_CHILDREN);
    const std::string busy = "{ for (i = 0; i < 300; i++) x += i; print }";
    const auto result =
        run_pipectl(folder,
                    stage("make", {"seq", "200000"}) + stage("a", {"awk", busy}) +
                        shell("b", "awk '" + busy + "' | sort | cat") + stage("take", {"wc"}),
                    {"--json", "record.json"});
    REQUIRE(result.status == exited(0));
    const double all = processor_time(RUSAGE_CHILDREN) - before;
    const Record record = record_of(folder);
    double sum = 0;
    for (const char* stage : {"make", "a", "b", "take"}) {
        sum += number(record, stage, "user_s") + number(record, stage, "sys_s");
    }
    // what is over is that of pipectl itself: its start, its looks, its end
#ifdef __SANITIZE_ADDRESS__
    constexpr double kOwn = 0.6;
#else
    constexpr double kOwn = 0;
#endif
    INFO("the stages: " << sum << " s, all: " << all << " s");
    CHECK(sum <= all);
    CHECK(all - sum <= 0.02 * all + kOwn);
}

TEST_CASE("the first wait of a pipeline is its own input's when nobody feeds it", "[alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    auto [reader, writer] = make_pipe();
    RunOptions options;
    options.stdin_fd = reader.get();
    Child run = start_pipectl(folder, stage("take", {"cat"}) + stage("count", {"wc", "-c"}),
                              {"--json", "record.json", "--events", "events"}, std::move(options));
    reader.reset();
    // two looks, so that it is known to wait
    REQUIRE(wait_until([&] {
        const std::string events = folder.has("events") ? folder.read("events") : "";
        const auto first = events.find("\"sampled\"");
        return first != std::string::npos && first != events.rfind("\"sampled\"");
    }));
    writer.reset();
    CHECK(run.finish().status == exited(0));
    const Record record = record_of(folder);
    INFO(record.text());
    CHECK(bottleneck_of(record) == "tak");
    CHECK(record.text().find("input from outside of the pipeline") != std::string::npos);
}

TEST_CASE("the events of a run that was killed are complete lines up to its last moment", "[R38]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_pipectl(
        folder, stage("a", {"yes"}) + stage("b", {"cat"}, {"stdout = { null = true }"}),
        {"--events", "events"});
    REQUIRE(wait_until([&] {
        return folder.has("events") &&
               folder.read("events").find("\"event\":\"sampled\"") != std::string::npos;
    }));
    ::kill(supervisor_of(run.pid()), SIGKILL);
    CHECK(run.finish().status == exited(125));
    const std::string events = folder.read("events");
    CHECK(events.ends_with("}\n"));
    for (std::size_t at = events.find('\n'); at != std::string::npos && at + 1 < events.size();
         at = events.find('\n', at + 1)) {
        CHECK(events[at - 1] == '}');
        CHECK(events.compare(at + 1, 5, "{\"t\":") == 0);
    }
}

TEST_CASE("the job log has a line for each stage, with bytes and status") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const auto result = run_pipectl(
        folder, stage("make", {"seq", "10"}) + shell("count", "wc -c; exit 3", {"ok = [3]"}),
        {"--joblog", "jobs"});
    REQUIRE(result.status == exited(0));
    const std::string log = folder.read("jobs");
    INFO(log);
    CHECK(log.starts_with(
        "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n1\t:\t"));
    CHECK(log.find("\t~21\t0\t0\tseq 10\n2\t:\t") != std::string::npos);
    CHECK(log.find("\t3\t0\t/bin/sh -c 'wc -c; exit 3'\n") != std::string::npos);
}

// Its own parent has not waited for it, so the kernel adds it to nobody's count.
TEST_CASE("what a stage's child moved that outlives it is never told as nothing") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string take = stage("take", {"cat"}, {"stdout = { file = \"out\" }"});
    SECTION("the shell was killed, its child goes on") {
        const std::string make =
            "(seq 300000; touch done; exec sleep 100) & until [ -e done ]; do sleep 0.01; done; "
            "kill -9 $$";
        const auto result =
            run_pipectl(folder, shell("make", make) + take, {"--json", "record.json"});
        CHECK(result.status == exited(137));
    }
    SECTION("the shell has left it alone") {
        const auto result =
            run_pipectl(folder, shell("make", "seq 300000 &") + take, {"--json", "record.json"});
        CHECK(result.status == exited(0));
        CHECK(folder.read("out").size() == 1988895);
    }
    const Record record = record_of(folder);
    INFO(record.text());
    const std::string bytes = edge_member(record, "make.stdout", "bytes");
    CHECK((bytes == "null" || std::atof(bytes.c_str()) >= 1988895));
    const std::string out = record.member("make", "bytes_out");
    CHECK((out == "null" || std::atof(out.c_str()) >= 1988895));
}
