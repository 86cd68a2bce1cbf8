#include "orchestrator/diagnostic/fixes.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "orchestrator/diagnostic/source_lines.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr int kMostLooks = 200;  // each is as long as a check of the whole text

struct Part {
    std::size_t begin = 0;
    std::size_t end = 0;
};

Part part_of(const SourceLines& lines, Place place, int length) {
    Place end = place;
    end.column += length;
    return {lines.offset(place), lines.offset(end)};
}

std::size_t errors_on(const std::vector<Diagnostic>& diagnostics, int line) {
    return std::ranges::count_if(diagnostics, [&](const Diagnostic& one) {
        return one.severity == Severity::error && one.place.line == line && one.place.file == 0;
    });
}

/// What is said of `line` without the places in it: these may have moved.
bool says(const std::vector<Diagnostic>& diagnostics, const Diagnostic& what) {
    return std::ranges::any_of(diagnostics, [&](const Diagnostic& one) {
        return one.message == what.message && one.place.line == what.place.line &&
               one.place.file == 0;
    });
}

/// The first replacement that mends what it is offered for; nothing when there is none. `looks`
/// counts down.
std::optional<Fixed> fix_one(
    SourceText& source, std::vector<Diagnostic>& diagnostics, int& looks,
    const std::function<std::vector<Diagnostic>(const std::string&)>& look) {
    for (const Diagnostic& one : diagnostics) {
        const auto fix = fix_of(source, one);
        if (!fix) continue;
        if (looks-- <= 0) break;
        const SourceLines lines(source.text);
        const Part part = part_of(lines, fix->place, fix->length);
        std::string text = source.text;
        text.replace(part.begin, part.end - part.begin, fix->text);
        std::vector<Diagnostic> then = look(text);
        if (says(then, one) ||
            errors_on(then, one.place.line) > errors_on(diagnostics, one.place.line)) {
            continue;
        }
        Fixed fixed{fix->place, source.text.substr(part.begin, part.end - part.begin), fix->text};
        source.text = std::move(text);
        diagnostics = std::move(then);
        return fixed;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Replacement> fix_of(const SourceText& source, const Diagnostic& diagnostic) {
    if (!diagnostic.place.known() || diagnostic.place.file != 0) return std::nullopt;
    if (diagnostic.fix) return diagnostic.fix;
    const std::string_view meant = meant_in(diagnostic.message);
    if (meant.empty()) return std::nullopt;
    const SourceLines lines(source.text);
    const Part part = part_of(lines, diagnostic.place, diagnostic.length);
    const std::string_view old =
        std::string_view(source.text).substr(part.begin, part.end - part.begin);
    const bool quoted =
        old.size() >= 2 && (old.front() == '"' || old.front() == '\'') && old.back() == old.front();
    const std::string quote = quoted ? std::string(1, old.front()) : "";
    return Replacement{diagnostic.place, diagnostic.length, quote + std::string(meant) + quote};
}

FixedText fix_text(const SourceText& source,
                   const std::function<std::vector<Diagnostic>(const std::string&)>& look) {
    SourceText now = source;
    std::vector<Diagnostic> diagnostics = look(now.text);
    FixedText result;
    int looks = kMostLooks;
    while (auto fixed = fix_one(now, diagnostics, looks, look)) {
        result.fixed.push_back(std::move(*fixed));
    }
    result.text = std::move(now.text);
    return result;
}

}  // namespace pipectl
