// The arithmetic of `pipectl compare` against values worked out elsewhere, and the order of runs.

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "orchestrator/compare/schedule.hpp"
#include "orchestrator/compare/statistics.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl::compare;

namespace {

constexpr double kExact = 1e-9;

bool near(double value, double expected, double margin = kExact) {
    return value > expected - margin && value < expected + margin;
}

}  // namespace

TEST_CASE("a median is the middle value or the mean of the middle two") {
    CHECK(median({}) == 0);
    CHECK(median({3}) == 3);
    CHECK(median({9, 1, 2}) == 2);
    CHECK(median({4, 1, 3, 2}) == 2.5);
}

TEST_CASE("a bootstrap interval holds the median and is the same each time") {
    const std::vector<double> values = {10, 11, 12, 13, 14, 15, 16, 17, 18, 90};
    const Estimate estimate = median_estimate(values);
    CHECK(estimate.value == 14.5);
    CHECK(estimate.low >= 11);
    CHECK(estimate.low < 14);
    CHECK(estimate.high > 15);
    CHECK(estimate.high <= 18);  // one outlier does not reach the median's interval
    const Estimate again = median_estimate(values);
    CHECK(estimate.low == again.low);
    CHECK(estimate.high == again.high);
}

TEST_CASE("19 of 20 bootstrap intervals hold the true value, and few more do") {
    std::mt19937_64 random(7);
    std::exponential_distribution<double> skewed(1);  // as wall times are; its median is ln 2
    constexpr int kSamples = 80;
    int medians = 0;
    int ratios = 0;
    for (int i = 0; i < kSamples; ++i) {
        std::vector<double> values(15);
        std::vector<double> others(15);
        std::ranges::generate(values, [&] { return skewed(random); });
        std::ranges::generate(others, [&] { return skewed(random); });
        const Estimate one = median_estimate(values);
        medians += one.low <= std::log(2) && std::log(2) <= one.high ? 1 : 0;
        const Estimate both = ratio_estimate(values, others);
        ratios += both.low <= 1 && 1 <= both.high ? 1 : 0;
    }
    CHECK(medians >= 70);
    CHECK(ratios >= 70);
    CHECK(medians + ratios < 2 * kSamples);
}

TEST_CASE("the interval of a few values is all of them") {
    const Estimate estimate = median_estimate({5, 1, 3});
    CHECK(estimate.value == 3);
    CHECK(estimate.low == 1);
    CHECK(estimate.high == 5);
    CHECK(median_estimate({}).value == 0);
}

TEST_CASE("rounds that were slow for both do not widen the interval of a ratio") {
    const std::vector<double> baseline = {1, 1, 5, 1, 9, 1, 3, 1};
    std::vector<double> twice;
    for (const double value : baseline)
        twice.push_back(2 * value);
    const Estimate ratio = ratio_estimate(twice, baseline);
    CHECK(near(ratio.value, 2));
    CHECK(near(ratio.low, 2));
    CHECK(near(ratio.high, 2));
    CHECK(ratio_estimate({}, baseline).value == 1);
    CHECK(ratio_estimate(twice, {1, 1}).value == 2);  // other numbers of rounds
}

TEST_CASE("the rank test is exact for small samples") {
    // tables of the Mann-Whitney U: 252 orders of five and five, 20 of three and three
    CHECK(near(rank_test({1, 2, 3, 4, 5}, {6, 7, 8, 9, 10}), 2.0 / 252));
    CHECK(near(rank_test({6, 7, 8, 9, 10}, {1, 2, 3, 4, 5}), 2.0 / 252));
    CHECK(near(rank_test({1, 2, 3, 4, 7}, {5, 6, 8, 9, 10}), 8.0 / 252));  // U = 2
    CHECK(near(rank_test({1, 2, 3}, {4, 5, 6}), 0.1));
    CHECK(near(rank_test({1, 3, 5}, {2, 4, 6}), 0.7));  // U = 3: 1 + 1 + 2 + 3 of 20, twice
    CHECK(rank_test({}, {1, 2}) == 1);
}

TEST_CASE("the rank test takes ties, and samples that are all the same") {
    CHECK(rank_test({1, 1, 1}, {1, 1, 1}) == 1);
    const double p = rank_test({1, 2, 2, 3, 3, 3, 4, 4, 5, 5}, {4, 5, 5, 6, 6, 6, 7, 7, 8, 9});
    CHECK(p > 0.0005);
    CHECK(p < 0.002);
    CHECK(near(rank_test({1, 1, 1, 1, 2, 2}, {1, 2, 2, 2, 2, 2}), 0.1121958241, 1e-8));
    std::vector<double> low;
    std::vector<double> high;
    for (int i = 0; i < 100; ++i) {
        low.push_back(i);
        high.push_back(i + 0.5);
    }
    CHECK(rank_test(low, high) > 0.8);
}

TEST_CASE("p-values of several tests are corrected by the method of Holm") {
    const std::vector<double> corrected = holm({0.01, 0.04, 0.03});
    CHECK(near(corrected[0], 0.03));
    CHECK(near(corrected[1], 0.06));
    CHECK(near(corrected[2], 0.06));
    CHECK(holm({}).empty());
    CHECK(holm({0.7, 0.8})[1] == 1);
}

TEST_CASE("outliers are told by the median deviation") {
    CHECK(count_outliers({10, 10.1, 9.9, 10, 10.2, 9.8}) == 0);
    CHECK(count_outliers({10, 10.1, 9.9, 10, 10.2, 15}) == 1);
    CHECK(count_outliers({3, 3, 3, 3}) == 0);
    CHECK(count_outliers({}) == 0);
}

TEST_CASE("the spread of values is the distance of their quartiles by the median") {
    CHECK(near(spread({1, 2, 3, 4, 5}), 2.0 / 3));
    CHECK(spread({4, 4, 4}) == 0);
    CHECK(spread({}) == 0);
}

TEST_CASE("each round has each candidate once, in an order of its own") {
    const auto schedule = make_schedule(8, 20, 42);
    REQUIRE(schedule.size() == 20);
    std::set<std::vector<int>> orders;
    for (const auto& round : schedule) {
        std::vector<int> sorted = round;
        std::sort(sorted.begin(), sorted.end());
        CHECK(sorted == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7});
        orders.insert(round);
    }
    CHECK(orders.size() > 15);
    CHECK(make_schedule(8, 20, 42) == schedule);
    CHECK(make_schedule(8, 20, 43) != schedule);
    CHECK(make_schedule(0, 2, 1).size() == 2);
}
