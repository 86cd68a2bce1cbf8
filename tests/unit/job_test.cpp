// A helper's job, as data and as the words of its command line.

#include "stages/job/job.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"

namespace {

namespace job = pipectl::job;

std::optional<job::Job> read(const std::vector<std::string>& words) {
    return job::job_of(words.front(), {words.begin() + 1, words.end()});
}

std::string refusal(const std::vector<std::string>& words) {
    try {
        return read(words) ? "" : "no such job";
    } catch (const job::UsageError& error) {
        return error.message;
    }
}

const std::vector<job::Job>& all_jobs() {
    const job::Outputs three{.tell = 6, .numbers = {3, 4, 5}};
    const job::Meeting at{
        .listen = true, .connect = false, .from_anybody = true, .endpoint = "tcp::9"};
    static const std::vector<job::Job> all = {
        job::Copy{.memory = {}, .disk = {}, .room = {}, .outputs = {.tell = -1, .numbers = {3}}},
        job::Copy{.memory = 4096, .disk = 1 << 20, .room = {}, .outputs = three},
        job::Copy{.memory = {}, .disk = {}, .room = 77, .outputs = three},
        job::Deal{three},
        job::Hash{.field = 2, .outputs = three},
        job::Route{.field = 1, .types = {"1", "2", "7"}, .outputs = three},
        job::Concat{{3, 4}},
        job::Lines{{5}},
        job::Follow{3},
        job::Send{.lines = true, .channel = 9},
        job::Receive{9},
        job::Record{.edge = 2, .file = 3},
        job::Tap{3},
        job::Get{at, {}},
        job::Put{.at = at, .foreign = {}, .lines = true},
        job::Get{at,
                 {.raw = true,
                  .with_length = true,
                  .type = -3,
                  .priority = {},
                  .count = 7,
                  .no_wait = true,
                  .follow = true,
                  .peek = true}},
        job::Put{.at = at,
                 .foreign = {.raw = true, .with_length = {}, .type = 4, .priority = 9, .count = {}},
                 .lines = false},
    };
    return all;
}

}  // namespace

TEST_CASE("a helper's job is the same after it was put into words") {
    for (const job::Job& each : all_jobs()) {
        INFO(job::name_of(each));
        const auto back = read(job::words_of(each));
        REQUIRE(back);
        CHECK(*back == each);
    }
}

TEST_CASE("a job's descriptors are given and told in the order of its words") {
    for (job::Job each : all_jobs()) {
        INFO(job::name_of(each));
        const std::vector<int> before = job::descriptors_of(each);
        std::vector<int> after = before;
        std::ranges::for_each(after, [](int& number) { number += 10; });
        job::set_descriptors(each, after);
        CHECK(job::descriptors_of(each) == after);
        CHECK((job::meeting_of(each) != nullptr) == before.empty());
    }
}

TEST_CASE("words that are no job are refused with the reason") {
    CHECK(refusal({"dance"}) == "no such job");
    CHECK(refusal({"copy"}) == "no descriptors were named");
    CHECK(refusal({"copy", "--fast", "3"}) == "unknown option '--fast'");
    CHECK(refusal({"copy", "--memory", "x", "3"}) == "'x' is not a number of bytes");
    CHECK(refusal({"copy", "--disk", "1", "3"}) == "--disk needs --memory");
    CHECK(refusal({"copy", "--room", "1", "--memory", "1", "3"}) == "--room stands alone");
    CHECK(refusal({"hash"}) == "a field number is missing");
    CHECK(refusal({"route", "1", "1,2", "3"}) == "as many types as outputs");
    CHECK(refusal({"follow", "3", "4"}) == "one descriptor tells of the end");
    CHECK(refusal({"get", "--from-user", "root", "fifo:x"}) == "--from-user takes 'any' alone");
    CHECK(refusal({"get", "--raw", "--type", "x", "mq:x"}) == "'x' is not a message type");
    CHECK(refusal({"get", "--raw", "--count", "-1", "mq:x"}) == "'-1' is not a number of messages");
    CHECK(refusal({"get", "--raw", "--priority", "1", "mq:x"}).starts_with("a receiver chooses"));
    CHECK(refusal({"get", "--raw", "--count", "0", "mq:x"}) == "--count must be 1 or more");
    CHECK(refusal({"get", "--peek", "mq:x"}).ends_with("--raw is missing"));
    CHECK(refusal({"put", "--type", "1", "mq:x"}).ends_with("--raw is missing"));
    CHECK(refusal({"put", "--raw", "--follow", "mq:x"}).ends_with("are the receiver's"));
    CHECK(refusal({"put", "--raw", "--lines", "mq:x"}).starts_with("--lines is for pipectl's"));
}
