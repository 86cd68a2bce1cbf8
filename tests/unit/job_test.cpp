// A helper's job, as data and as the words of its command line.

#include "stages/job/job.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl::job;  // NOLINT: a test of one header

namespace {

std::optional<Job> read(const std::vector<std::string>& words) {
    return job_of(words.front(), {words.begin() + 1, words.end()});
}

std::string refusal(const std::vector<std::string>& words) {
    try {
        return read(words) ? "" : "no such job";
    } catch (const UsageError& error) {
        return error.message;
    }
}

const std::vector<Job>& all_jobs() {
    const Outputs three{.tell = 6, .numbers = {3, 4, 5}};
    const Meeting at{.listen = true, .connect = false, .from_anybody = true, .endpoint = "tcp::9"};
    static const std::vector<Job> all = {
        Copy{.memory = {}, .disk = {}, .room = {}, .outputs = {.tell = -1, .numbers = {3}}},
        Copy{.memory = 4096, .disk = 1 << 20, .room = {}, .outputs = three},
        Copy{.memory = {}, .disk = {}, .room = 77, .outputs = three},
        Deal{three},
        Hash{.field = 2, .outputs = three},
        Route{.field = 1, .types = {"1", "2", "7"}, .outputs = three},
        Concat{{3, 4}},
        Lines{{5}},
        Follow{3},
        Send{.lines = true, .channel = 9},
        Receive{9},
        Get{at},
        Put{.at = at, .lines = true},
    };
    return all;
}

}  // namespace

TEST_CASE("a helper's job is the same after it was put into words") {
    for (const Job& job : all_jobs()) {
        INFO(name_of(job));
        const auto back = read(words_of(job));
        REQUIRE(back);
        CHECK(*back == job);
    }
}

TEST_CASE("a job's descriptors are given and told in the order of its words") {
    for (Job job : all_jobs()) {
        INFO(name_of(job));
        const std::vector<int> before = descriptors_of(job);
        std::vector<int> after = before;
        for (int& number : after)
            number += 10;
        set_descriptors(job, after);
        CHECK(descriptors_of(job) == after);
        CHECK((meeting_of(job) != nullptr) == before.empty());
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
}
