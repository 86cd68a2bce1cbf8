#include "orchestrator/pages/page_words.hpp"

#include <algorithm>
#include <cmath>

#include "orchestrator/pages/markup.hpp"
#include "orchestrator/report/wording.hpp"

namespace pipectl {

namespace {

std::string mark_of(Exactness exactness) {
    switch (exactness) {
        case Exactness::counted: return "";
        case Exactness::sampled: return "≈ ";
        case Exactness::at_most: return "≤ ";
    }
    return "";
}

}  // namespace

std::string percent(double share) {
    const double hundredths = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) * 100 : 0;
    if (hundredths > 0 && hundredths < 0.5) {
        return "<1 %";
    }
    return std::to_string(std::lround(hundredths)) + " %";
}

std::string bytes_or_dash(const std::optional<std::int64_t>& bytes) {
    return bytes ? format_memory(static_cast<long>(*bytes)) : "–";
}

std::string bytes_or_dash(const std::optional<std::int64_t>& bytes, Exactness exactness) {
    return (bytes ? mark_of(exactness) : "") + bytes_or_dash(bytes);
}

std::string rate_text(double bytes_per_second, Exactness exactness) {
    const bool sane = std::isfinite(bytes_per_second) && bytes_per_second < 1e18;
    return mark_of(exactness) +
           format_memory(sane ? static_cast<long>(std::max(0.0, bytes_per_second)) : 0) + "/s";
}

std::string shown_name(const StageSummary& stage, std::size_t limit) {
    return stage.helper ? "[" + shortened(stage.name, limit - 2) + "]"
                        : shortened(stage.name, limit);
}

std::string verdict_word(const StageSummary& stage) {
    return stage.verdict ? verdict_name(*stage.verdict) : stage.running() ? "running" : "waiting";
}

bool went_wrong(const StageSummary& stage) {
    return stage.verdict == Verdict::failed || stage.verdict == Verdict::timeout ||
           !stage.start_error.empty();
}

std::optional<std::array<double, kSlices.size()>> shares_of(const StageSummary& stage) {
    if (!stage.account || stage.account->samples <= 0) {
        return std::nullopt;
    }
    const Account& account = *stage.account;
    std::array shares = {account.running_s, account.input_s, account.output_s, account.disk_s,
                         account.sleeping_s};
    double sum = 0;
    for (double& share : shares) {
        share = std::max(0.0, share);
        sum += share;
    }
    if (!(sum > 0) || !std::isfinite(sum)) {
        return std::nullopt;
    }
    for (double& share : shares) {
        share /= sum;
    }
    return shares;
}

std::optional<double> wall_of(const StageSummary& stage, const Summary& summary) {
    if (!stage.start_s) {
        return std::nullopt;
    }
    return std::max(0.0, stage.end_s.value_or(summary.wall_s) - *stage.start_s);
}

std::string legend() {
    Markup list;
    list.open("ul").with("class", "legend");
    for (const Slice& slice : kSlices) {
        list.open("li").open("svg").with("width", 14).with("height", 14);
        list.with("aria-hidden", "true");
        list.open("rect").with("class", slice.style).with("width", 14).with("height", 14);
        list.with("rx", 3).close().close().text(slice.label).close();
    }
    list.close().line_break();
    return list.take();
}

std::string first_of(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) {
        return std::string(text);
    }
    std::size_t end = text.rfind('\n', limit);
    if (end == std::string_view::npos || end == 0) {
        end = limit;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80)
            --end;
    }
    return std::string(text.substr(0, end)) + "\n…";
}

}  // namespace pipectl
