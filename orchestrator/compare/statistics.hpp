#pragma once

// The arithmetic of a comparison: pure functions, the same numbers in give the same numbers out.
//
// Wall times of short processes are skewed and have far outliers, so nothing here assumes a normal
// distribution: medians, bootstrap intervals, a rank test. Random numbers come from a fixed seed.

#include <vector>

#include "orchestrator/compare/comparison.hpp"

namespace pipectl::compare {

/// Of the values in any order; the mean of the middle two. 0 when there are none.
double median(std::vector<double> values);

/// The median with its 95 % percentile bootstrap interval. With fewer than six values the interval
/// is as wide as they are.
Estimate median_estimate(const std::vector<double>& values);

/// median(values) / median(baseline) with its 95 % interval. Where both have as many values these
/// belong to the same rounds, which are drawn together: a round that was slow for all says nothing.
Estimate ratio_estimate(const std::vector<double>& values, const std::vector<double>& baseline);

/// The two-sided p-value of the Mann-Whitney test: how likely so clear an order of the two samples
/// is when they come from the same distribution. Exact for small samples without ties, else by the
/// normal approximation. 1 when one of them is empty.
double rank_test(const std::vector<double>& left, const std::vector<double>& right);

/// Corrects the p-values of several tests of one question by Holm's method, in their own order.
std::vector<double> holm(const std::vector<double>& p_values);

/// How many values are further from the median than ten standard deviations would be, estimated by
/// the median of the absolute deviations (modified Z-score).
int count_outliers(const std::vector<double>& values);

/// The distance of the quartiles by the median: how noisy the values are.
double spread(const std::vector<double>& values);

}  // namespace pipectl::compare
