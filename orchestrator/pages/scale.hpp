#pragma once

// A linear scale of a figure and the round numbers on it.

#include <string>
#include <vector>

namespace pipectl {

/// What the figures with an axis above their rows have in common, in pixels.
inline constexpr double kAxisHeight = 26;
inline constexpr double kBoldCharacter = 7.4;  ///< the width of one, in a name
inline constexpr int kMostTicks = 8;

class Scale {
  public:
    /// From `low`..`high` to `from`..`to` (pixels). An empty or senseless range maps to `from`.
    Scale(double low, double high, double from, double to);
    /// What lies outside is drawn at the border.
    [[nodiscard]] double at(double value) const;

  private:
    double low_, high_, from_, to_;
};

/// Up to `most` + 1 round numbers from `low` to `high`, steps of 1, 2 or 5 times a power of ten.
std::vector<double> round_ticks(double low, double high, int most);

/// Times on an axis, with as many digits as its step asks for: "0", "0.5 s", "250 ms", "2 m 30 s".
std::string tick_time(double seconds, double step);

}  // namespace pipectl
