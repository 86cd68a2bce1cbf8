#pragma once

// Texts and shares that the figures of a page have in common. What is returned is not escaped:
// Markup does that.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/report/summary.hpp"
#include "orchestrator/text/width.hpp"

namespace pipectl {

/// Code points of a name or a title.
inline constexpr std::size_t kTitleLimit = 120;

/// "94 %", "<1 %", "0 %".
std::string percent(double share);

/// "3.4 MiB", or "–" when it is not known.
std::string bytes_or_dash(const std::optional<std::int64_t>& bytes);

/// The same with "≈ " before a number that nobody counted exactly, "≤ " before an upper bound.
std::string bytes_or_dash(const std::optional<std::int64_t>& bytes, Exactness exactness);

/// "3.4 MiB/s".
std::string rate_text(double bytes_per_second, Exactness exactness);

/// A stage's name, a helper's in brackets.
std::string shown_name(const StageSummary& stage, std::size_t limit);

/// "ok", "failed", "running".
std::string verdict_word(const StageSummary& stage);

/// True for what went wrong by itself: failed, timeout.
bool went_wrong(const StageSummary& stage);

/// A kind of time, in the order in which figures stack them.
struct Slice {
    Activity activity;
    const char* style;  ///< class of the style sheet
    const char* label;
};
inline constexpr std::array<Slice, 5> kSlices = {{
    {Activity::running, "running", "running"},
    {Activity::input, "input", "starved: waits for data"},
    {Activity::output, "output", "blocked: waits for room"},
    {Activity::disk, "disk", "waits for a disk"},
    {Activity::sleeping, "sleeping", "asleep"},
}};

/// The shares of a stage's time by kSlices, together 1; absent when it was not sampled.
std::optional<std::array<double, kSlices.size()>> shares_of(const StageSummary& stage);

/// Wall time of a stage that has run; what runs still counts up to the end of the record.
std::optional<double> wall_of(const StageSummary& stage, const Summary& summary);

/// At most `limit` bytes, cut at the end of a line or at worst of a code point.
std::string first_of(std::string_view text, std::size_t limit);

/// The list that explains the colours, as finished markup.
std::string legend();

}  // namespace pipectl
