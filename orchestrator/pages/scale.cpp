#include "orchestrator/pages/scale.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "stages/base/units.hpp"

namespace pipectl {
namespace {

std::string decimal(double value, int digits) {
    std::array<char, 64> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                   std::chars_format::fixed, digits);
    return {text.data(), end.ptr};
}

}  // namespace

Scale::Scale(double low, double high, double from, double to)
    : low_(low), high_(high), from_(from), to_(to) {}

double Scale::at(double value) const {
    if (!(high_ > low_) || !std::isfinite(value) || !std::isfinite(high_ - low_)) {
        return from_;
    }
    return from_ + (to_ - from_) * std::clamp((value - low_) / (high_ - low_), 0.0, 1.0);
}

std::vector<double> round_ticks(double low, double high, int most) {
    if (!(high > low) || !std::isfinite(high - low) || most < 1) {
        return {};
    }
    const double power = std::pow(10, std::floor(std::log10((high - low) / most)));
    double step = power;
    for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
        step = power * factor;
        if ((high - low) / step <= most) break;
    }
    std::vector<double> ticks;
    const double first = std::ceil(low / step - 1e-9);
    for (int i = 0; i <= most && (first + i) * step <= high + step * 1e-9; ++i) {
        ticks.push_back((first + i) * step);
    }
    return ticks;
}

std::string tick_time(double seconds, double step) {
    if (seconds == 0) {
        return "0";
    }
    if (seconds >= 60 && step >= 1) {
        return format_duration(seconds);
    }
    if (step < 0.1) {
        const int digits = step >= 0.001 ? 0 : step >= 0.0001 ? 1 : 2;
        return decimal(seconds * 1e3, digits) + " ms";
    }
    return decimal(seconds, step >= 1 ? 0 : 1) + " s";
}

}  // namespace pipectl
