// Bytes that move by other calls than read(2) and write(2): what is told of them is true, or says
// what it is.

#include <cstdlib>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/edges.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;

namespace {

constexpr long long kBytes = 3'000'000;

/// What is told of an edge, against what went over it.
std::string judged(const Record& record, const std::string& from, long long truth) {
    const std::string number = edge_member(record, from, "bytes");
    const std::string are = edge_member(record, from, "bytes_are");
    const long long bytes = std::atoll(number.c_str());
    const bool close = std::llabs(bytes - truth) <= truth / 20;
    const bool true_word = are == "\"counted\""   ? bytes == truth
                           : are == "\"sampled\"" ? close
                           : are == "\"at most\"" ? close && bytes >= truth
                                                  : false;
    return true_word ? "" : from + ": " + number + " " + are + "; ";
}

std::string source() {
    return stage("source", {"head", "-c", std::to_string(kBytes), "/dev/zero"});
}

std::string mover(const std::string& how, const std::string& more = "") {
    return misbehaving(how, {"move", how},
                       more.empty() ? std::vector<std::string>{} : std::vector<std::string>{more});
}

std::string hand(const std::string& name) {
    return stage(name, {"cat"});
}

Record record_of_run(const TemporaryFolder& folder, const std::string& definition,
                     const std::vector<std::string>& options = {}) {
    std::vector<std::string> words = {"--json", "record.json"};
    words.insert(words.end(), options.begin(), options.end());
    const RunResult result = run_pipectl(folder, definition, words);
    CAPTURE(result, definition);
    REQUIRE(result.status == exited(0));
    return Record(folder.read("record.json"));
}

}  // namespace

TEST_CASE("bytes that are spliced, wholly or now and then, are told truly on every channel") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string definition = source() + mover("splice") + hand("one") + mover("part") +
                                   hand("two") + mover("vmsplice") + stage("end", {"wc", "-c"});
    for (const std::string& channel : channels()) {
        const Record record = record_of_run(folder, definition, {"--via", channel});
        std::string wrong;
        for (const char* from : {"source", "splice", "one", "part", "two", "vmsplice"}) {
            wrong += judged(record, std::string(from) + ".stdout", kBytes);
        }
        INFO(channel << " " << record.text());
        CHECK(wrong == "");
    }
}

TEST_CASE("bytes that went by tee, sendfile, send or a mapped file are told truly") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("in", std::string(kBytes, 'x'));
    const std::string end = stage("end", {"wc", "-c"});
    const Record teed = record_of_run(folder, source() + mover("tee") + end);
    CHECK(judged(teed, "source.stdout", kBytes) + judged(teed, "tee.stdout", kBytes) == "");
    for (const char* how : {"sendfile", "mmap", "splice"}) {
        const Record record = record_of_run(folder, mover(how, "stdin = 'in'") + end);
        INFO(record.text());
        CHECK(judged(record, std::string(how) + ".stdout", kBytes) == "");
    }
    for (const char* channel : {"unix", "tcp"}) {
        const Record record =
            record_of_run(folder, source() + mover("send") + end, {"--via", channel});
        INFO(channel << " " << record.text());
        CHECK(judged(record, "source.stdout", kBytes) + judged(record, "send.stdout", kBytes) ==
              "");
    }
}

TEST_CASE("of two in a row that were both seen to move more than was counted nothing is told") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const Record record = record_of_run(
        folder, source() + mover("splice") + mover("part") + stage("end", {"wc", "-c"}));
    INFO(record.text());
    CHECK(judged(record, "source.stdout", kBytes) == "");
    CHECK(edge_member(record, "splice.stdout", "bytes") == "null");
    CHECK(judged(record, "part.stdout", kBytes) == "");
}

TEST_CASE("helpers tell what they moved, and edges that share a link get their own part of it") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const Record record =
        record_of_run(folder, source() + hand("left") +
                                  stage("right", {"head", "-c", "1000000"}, {"from = 'source'"}) +
                                  stage("end", {"wc", "-c"}, {"from = ['left', 'right']"}));
    INFO(record.text());
    CHECK(edge_member(record, "left.stdout", "bytes") == std::to_string(kBytes));
    CHECK(edge_member(record, "right.stdout", "bytes") == "1000000");
    CHECK(edge_member(record, "left.stdout", "bytes_are") == "\"counted\"");
    CHECK(record.member("source", "bytes_out") == std::to_string(kBytes));
    CHECK(record.member("end", "bytes_in") == std::to_string(kBytes + 1000000));
    CHECK(record.member("copy:source.stdout", "bytes_in") == std::to_string(kBytes));
    CHECK(record.member("copy:source.stdout", "bytes_in_are") == "\"counted\"");
}

TEST_CASE("a dealer counts what each reader got, and what one has left is not told as taken") {
    const LeakCheck check;
    const TemporaryFolder folder;
    // `some` leaves while lines wait in its pipe; only then `make` ends
    const std::string make =
        "seq 20000; until [ -e gone ] && ! kill -0 $(cat gone) 2>&-; do sleep 0.02; done";
    const std::string some = "head -c 1000; echo $$ > it; mv it gone";
    const Record record =
        record_of_run(folder, shell("make", make, {"fan-out = 'deal'"}) +
                                  stage("all", {"cat"}, {"from = 'make'", "stdout = 'all'"}) +
                                  shell("some", some, {"from = 'make'", "stdout = 'some'"}));
    INFO(record.text());
    CHECK(record.member("all", "bytes_in") == std::to_string(folder.read("all").size()));
    CHECK(record.member("all", "bytes_in_are") == "\"counted\"");
    CHECK(record.member("deal:make.stdout", "bytes_in") == "108894");
    CHECK(record.member("some", "bytes_in") == "1000");
}

TEST_CASE("what a reader may have left behind a writer that is gone is an upper bound") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const Record record = record_of_run(
        folder, stage("make", {"seq", "20000"}, {"fan-out = 'deal'"}) +
                    shell("all", "cat; : > ended", {"from = 'make'", "stdout = 'all'"}) +
                    shell("some", "head -c 1000; until [ -e ended ]; do sleep 0.02; done",
                          {"from = 'make'", "stdout = 'some'"}));
    INFO(record.text());
    CHECK(folder.read("some").size() == 1000);
    // `all` has seen its end as the dealer ended; whether anybody still has the channel is open
    const bool bound = record.member("some", "bytes_in_are") == "\"at most\"";
    CHECK((bound || record.member("some", "bytes_in") == "1000"));
}

TEST_CASE("the table, the job log and the page say what a number is worth") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, source() + mover("part") + stage("end", {"wc", "-c"}),
                    {"--summary", "--joblog", "jobs", "--html", "page.html"});
    CAPTURE(result);
    REQUIRE(result.status == exited(0));
    using Catch::Matchers::ContainsSubstring;
    CHECK_THAT(result.err, ContainsSubstring("<= 2.9 MiB"));
    CHECK_THAT(result.err, ContainsSubstring("~8 B"));
    CHECK_THAT(folder.read("jobs"), ContainsSubstring("\t<=30"));
    CHECK_THAT(folder.read("jobs"), ContainsSubstring("\t~8\t0\t0\twc -c"));
    CHECK_THAT(folder.read("page.html"), ContainsSubstring("≤ 2.9 MiB"));
}
