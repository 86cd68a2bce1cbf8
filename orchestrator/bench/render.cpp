// The figures of `pipectl bench` as tables and as JSON.

#include <algorithm>
#include <cstdio>

#include "orchestrator/bench/bench.hpp"
#include "stages/base/json.hpp"

namespace pipectl::bench {

namespace {

/// Beyond this the figures of two channels can change places from run to run.
constexpr double kNoisy = 0.3;

std::string cell(const char* format, double value) {
    char text[32];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

std::string right(const std::string& text, std::size_t width) {
    return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string left(const std::string& text, std::size_t width) {
    return text + std::string(width - std::min(width, text.size()), ' ');
}

/// GB/s with three digits that mean something.
std::string rate(double bytes_per_s) {
    const double value = bytes_per_s / 1e9;
    return cell(value >= 10 ? "%.1f" : value >= 0.1 ? "%.2f" : "%.3f", value);
}

std::string trip(double seconds) {
    return seconds > 0 ? cell("%.2f", seconds * 1e6) : "-";
}

bool is_noisy(const Report& report) {
    return report.memory_spread > kNoisy ||
           std::any_of(report.rows.begin(), report.rows.end(),
                       [](const Row& row) { return row.spread > kNoisy; });
}

}  // namespace

std::string render_text(const Report& report) {
    constexpr std::size_t kName = 16;
    constexpr std::size_t kCell = 9;
    std::string text = left("GB/s by block", kName) + right("64 B", kCell) + right("4 KiB", kCell) +
                       right("64 KiB", kCell) + right("1 MiB", kCell) +
                       "   round trip of 64 bytes, us: two cores / one\n";
    for (const Row& row : report.rows) {
        text += left(row.channel, kName);
        if (!row.error.empty()) {
            text += "  " + row.error + "\n";
            continue;
        }
        for (const double value : row.bytes_per_s) {
            text += right(rate(value), kCell);
        }
        text += "   " + right(trip(row.two_cores_s), 8) + " / " + trip(row.one_core_s) + "\n";
    }
    text += left("memcpy, one core", kName);
    for (const double value : report.memory_bytes_per_s) {
        text += right(rate(value), kCell);
    }
    text += "\n";
    if (is_noisy(report)) {
        text +=
            "\nwarning: figures of the same channel differ by more than 30 % between rounds; "
            "something else uses\nthis machine. Compare only what differs by more, or try again "
            "with --rounds 9.\n";
    }
    return text;
}

std::string render_json(const Report& report) {
    JsonWriter json;
    const auto rates = [&json](const auto& values) {
        json.key("bytes_per_s").begin_object();
        for (std::size_t i = 0; i < kBlocks.size(); ++i) {
            json.member(std::to_string(kBlocks[i]), values[i]);
        }
        json.end_object();
    };
    json.begin_object().member("schema", 1).member("rounds", report.rounds);
    json.member("noisy", is_noisy(report));
    json.key("memcpy").begin_object();
    rates(report.memory_bytes_per_s);
    json.member("spread", report.memory_spread).end_object();
    json.key("channels").begin_array();
    for (const Row& row : report.rows) {
        json.begin_object().member("channel", row.channel);
        if (row.error.empty()) {
            rates(row.bytes_per_s);
            json.member("round_trip_two_cores_s", row.two_cores_s)
                .member("round_trip_one_core_s", row.one_core_s)
                .member("spread", row.spread);
        } else {
            json.member("error", row.error);
        }
        json.end_object();
    }
    json.end_array().end_object();
    return json.take() + "\n";
}

}  // namespace pipectl::bench
