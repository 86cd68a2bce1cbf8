#include "orchestrator/history/difference.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "orchestrator/report/wording.hpp"
#include "orchestrator/text/width.hpp"

namespace pipectl::history {

namespace {

constexpr std::size_t kMostLines = 20;
constexpr std::size_t kWidestValue = 203;
/// A file or two that a program reads as it starts is no difference.
constexpr std::int64_t kLittle = 64 << 10;

using Values = std::map<std::string, std::string>;

Values parameters_of(const Summary& summary) {
    Values values;
    for (const RunParameter& parameter : summary.params) {
        values[parameter.name] = parameter.value;
    }
    return values;
}

Values commands_of(const Summary& summary) {
    Values values;
    for (const StageSummary& stage : summary.stages) {
        if (!stage.helper) values[stage.name] = quote_command(stage.argv);
    }
    return values;
}

Values channels_of(const Summary& summary) {
    Values values;
    for (const EdgeSummary& edge : summary.edges) {
        values[edge.from + " -> " + edge.to] = edge.via;
    }
    return values;
}

std::string value_of(const Values& values, const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
}

void add(std::vector<Difference>& found, const char* what, const Values& left,
         const Values& right) {
    Values all = left;
    all.insert(right.begin(), right.end());
    for (const auto& [name, value] : all) {
        if (left.contains(name) != right.contains(name) ||
            value_of(left, name) != value_of(right, name)) {
            found.push_back({what, name, value_of(left, name), value_of(right, name)});
        }
    }
}

/// Of two long texts the part in which they differ is to be seen.
std::string shown(const std::string& value, std::size_t from) {
    if (value.empty()) return "nothing";
    return (from > 0 ? "..." : "") +
           shortened(std::string_view(value).substr(std::min(from, value.size())), kWidestValue,
                     "...");
}

/// Where to begin to show them: some way before the first byte that is not the same.
std::size_t beginning(const Difference& difference) {
    constexpr std::size_t kBefore = 60;
    const auto [left, right] = std::ranges::mismatch(difference.left, difference.right);
    std::size_t same = left - difference.left.begin();
    if (same < 2 * kBefore) return 0;
    same -= kBefore;
    while (same > 0 && (static_cast<unsigned char>(difference.left[same]) & 0xC0U) == 0x80) {
        --same;  // no character is cut in two
    }
    return same;
}

}  // namespace

std::int64_t input_bytes(const Summary& summary) {
    std::set<std::string> fed;
    for (const EdgeSummary& edge : summary.edges) {
        fed.insert(edge.to.substr(0, edge.to.rfind('.')));
    }
    std::int64_t bytes = 0;
    for (const StageSummary& stage : summary.stages) {
        if (!stage.helper && !fed.contains(stage.name) && stage.account) {
            bytes += stage.account->bytes_in.value_or(0);
        }
    }
    return bytes;
}

AboutAsMuch about_as_much(std::int64_t bytes) {
    const std::int64_t slack = std::max(kLittle, bytes / 5);
    return {bytes - slack, bytes + slack};
}

std::vector<Difference> differences(const Summary& left, const Summary& right) {
    std::vector<Difference> found;
    if (left.source != right.source) {
        found.push_back({"definition", "", left.source, right.source});
    }
    add(found, "parameter", parameters_of(left), parameters_of(right));
    add(found, "command", commands_of(left), commands_of(right));
    add(found, "channel", channels_of(left), channels_of(right));
    const std::int64_t bytes[] = {input_bytes(left), input_bytes(right)};
    const AboutAsMuch same = about_as_much(std::max(bytes[0], bytes[1]));
    if (std::min(bytes[0], bytes[1]) < same.least) {
        found.push_back({"input", "", format_memory(bytes[0]), format_memory(bytes[1])});
    }
    return found;
}

std::string render_differences(const std::vector<Difference>& differences) {
    if (differences.empty()) {
        return "Both ran the same commands with the same parameters on about as much input.\n";
    }
    std::string text = "What differs:\n";
    for (std::size_t i = 0; i < std::min(differences.size(), kMostLines); ++i) {
        const Difference& one = differences[i];
        const std::size_t from = beginning(one);
        text += "  " + one.what + (one.name.empty() ? "" : " '" + one_line(one.name) + "'") +
                ":\n    1: " + shown(one.left, from) + "\n    2: " + shown(one.right, from) + "\n";
    }
    if (differences.size() > kMostLines) {
        text += "  and " + std::to_string(differences.size() - kMostLines) + " more\n";
    }
    return text;
}

}  // namespace pipectl::history
