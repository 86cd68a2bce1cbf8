#pragma once

// What another host's clock shows when ours shows something: from the beats that went there and
// back. Pure. The fastest of the last few tells most: its error is at most half its round trip.

#include <optional>

namespace pipectl::hosts {

class ClockOffset {
  public:
    /// A beat was sent when our clock showed `sent`, answered when the other one showed `there`,
    /// and the answer came at `received`. Seconds.
    void heard(double sent, double there, double received);

    /// The other clock minus ours; nothing before a beat has come back.
    [[nodiscard]] std::optional<double> offset() const { return offset_; }
    /// Half the round trip that it was found in.
    [[nodiscard]] double error() const { return best_trip_ / 2; }

    /// A time of the other clock on ours: never before `earliest` nor after `latest`, so that
    /// nothing ends before it began, or has happened later than it was heard of.
    [[nodiscard]] double ours(double there, double earliest, double latest) const;

  private:
    static constexpr int kBeats = 8;

    std::optional<double> offset_;
    double best_trip_ = 0;
    int since_best_ = 0;
};

}  // namespace pipectl::hosts
