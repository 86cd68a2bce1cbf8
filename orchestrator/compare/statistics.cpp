#include "orchestrator/compare/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <random>

namespace pipectl::compare {

namespace {

constexpr int kResamples = 4000;
constexpr std::size_t kFewest = 6;           ///< below that a bootstrap interval is too narrow
constexpr std::size_t kLargestExact = 40;    ///< values in both samples
constexpr double kDeviationScale = 1.4826;   ///< standard deviation by median absolute deviation
constexpr double kFarDeviations = 10;        ///< outliers
constexpr std::uint64_t kSeed = 0x70697065;  ///< any: only that it stays the same

using Engine = std::mt19937_64;

/// An index below `size`; the bias of the remainder is far below what is measured.
std::size_t draw(Engine& engine, std::size_t size) {
    return static_cast<std::size_t>(engine() % size);
}

/// The value at a share of the sorted ones, between the nearest two.
double quantile(const std::vector<double>& sorted, double share) {
    const double at = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (sorted[above] - sorted[below]) * (at - static_cast<double>(below));
}

/// The middle 95 % of what `resample` gives.
template <class Resample>
Estimate interval(double value, Resample resample) {
    constexpr double kTail = 0.025;
    std::vector<double> drawn(kResamples);
    Engine engine(kSeed);
    std::generate(drawn.begin(), drawn.end(), [&] { return resample(engine); });
    std::sort(drawn.begin(), drawn.end());
    return {value, quantile(drawn, kTail), quantile(drawn, 1 - kTail)};
}

double divided(double value, double by) {
    return by > 0 ? value / by : 1;
}

struct Ranked {
    double rank_sum = 0;   ///< of the left sample
    double tie_cubes = 0;  ///< sum of t^3 - t over groups of equal values
};

Ranked rank(const std::vector<double>& left, const std::vector<double>& right) {
    std::vector<std::pair<double, bool>> all;
    for (const double value : left)
        all.emplace_back(value, true);
    for (const double value : right)
        all.emplace_back(value, false);
    std::sort(all.begin(), all.end());
    Ranked ranked;
    for (std::size_t begin = 0; begin < all.size();) {
        std::size_t end = begin;
        while (end < all.size() && all[end].first == all[begin].first)
            ++end;
        const double middle = (static_cast<double>(begin + end) + 1) / 2;  // ranks count from 1
        for (std::size_t i = begin; i < end; ++i) {
            if (all[i].second) ranked.rank_sum += middle;
        }
        const auto ties = static_cast<double>(end - begin);
        ranked.tie_cubes += ties * ties * ties - ties;
        begin = end;
    }
    return ranked;
}

/// How many of all orders of `left` and `right` values have each possible U, as shares.
std::vector<double> distribution(std::size_t left, std::size_t right) {
    // ways[m][u]: orders of m left values and the right values looked at so far, with that U
    std::vector<std::vector<double>> ways(left + 1, std::vector<double>(left * right + 1));
    for (std::size_t m = 0; m <= left; ++m)
        ways[m][0] = 1;  // no right value yet
    for (std::size_t n = 1; n <= right; ++n) {
        for (std::size_t m = 1; m <= left; ++m) {
            // the highest of them all is a left one, above n right ones, or a right one
            for (std::size_t u = left * right; u >= n; --u)
                ways[m][u] += ways[m - 1][u - n];
        }
    }
    const double total = std::accumulate(ways[left].begin(), ways[left].end(), 0.0);
    for (double& share : ways[left])
        share /= total;
    return ways[left];
}

}  // namespace

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return quantile(values, 0.5);
}

Estimate median_estimate(const std::vector<double>& values) {
    if (values.empty()) return {};
    if (values.size() < kFewest) {
        const auto [low, high] = std::minmax_element(values.begin(), values.end());
        return {median(values), *low, *high};
    }
    std::vector<double> sample(values.size());
    return interval(median(values), [&](Engine& engine) {
        for (double& value : sample)
            value = values[draw(engine, values.size())];
        return median(sample);
    });
}

Estimate ratio_estimate(const std::vector<double>& values, const std::vector<double>& baseline) {
    if (values.empty() || baseline.empty()) return {1, 1, 1};
    const bool paired = values.size() == baseline.size();
    std::vector<double> sample(values.size());
    std::vector<double> base(baseline.size());
    return interval(divided(median(values), median(baseline)), [&](Engine& engine) {
        for (std::size_t i = 0; i < sample.size(); ++i) {
            const std::size_t round = draw(engine, values.size());
            sample[i] = values[round];
            if (paired) base[i] = baseline[round];
        }
        if (!paired) {
            for (double& value : base)
                value = baseline[draw(engine, baseline.size())];
        }
        return divided(median(sample), median(base));
    });
}

double rank_test(const std::vector<double>& left, const std::vector<double>& right) {
    if (left.empty() || right.empty()) return 1;
    const auto m = static_cast<double>(left.size());
    const auto n = static_cast<double>(right.size());
    const Ranked ranked = rank(left, right);
    const double u = ranked.rank_sum - m * (m + 1) / 2;
    if (ranked.tie_cubes == 0 && left.size() + right.size() <= kLargestExact) {
        const std::vector<double> shares = distribution(left.size(), right.size());
        const auto nearer = static_cast<std::ptrdiff_t>(std::min(u, m * n - u));
        return std::min(1.0, 2 * std::accumulate(shares.begin(), shares.begin() + nearer + 1, 0.0));
    }
    const double all = m + n;
    const double variance = m * n / 12 * (all + 1 - ranked.tie_cubes / (all * (all - 1)));
    if (variance <= 0) return 1;  // all values are the same
    const double distance = std::max(0.0, std::abs(u - m * n / 2) - 0.5);
    return std::erfc(distance / std::sqrt(2 * variance));
}

std::vector<double> holm(const std::vector<double>& p_values) {
    std::vector<std::size_t> order(p_values.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
    std::vector<double> corrected(p_values.size());
    double highest = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto tests_left = static_cast<double>(order.size() - i);
        highest = std::max(highest, std::min(1.0, p_values[order[i]] * tests_left));
        corrected[order[i]] = highest;
    }
    return corrected;
}

int count_outliers(const std::vector<double>& values) {
    const double middle = median(values);
    std::vector<double> deviations;
    deviations.reserve(values.size());
    for (const double value : values)
        deviations.push_back(std::abs(value - middle));
    const double deviation = kDeviationScale * median(deviations);
    if (deviation <= 0) return 0;
    return static_cast<int>(std::count_if(deviations.begin(), deviations.end(), [&](double each) {
        return each > kFarDeviations * deviation;
    }));
}

double spread(const std::vector<double>& values) {
    if (values.empty()) return 0;
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    return divided(quantile(sorted, 0.75) - quantile(sorted, 0.25), quantile(sorted, 0.5)) *
           (quantile(sorted, 0.5) > 0 ? 1 : 0);
}

}  // namespace pipectl::compare
