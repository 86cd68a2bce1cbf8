#include "orchestrator/shell/translate/refusal.hpp"

#include <algorithm>

#include "orchestrator/diagnostic/source_lines.hpp"

namespace pipectl::shell {

std::vector<Diagnostic> diagnostics_of(std::string_view text,
                                       const std::vector<Refusal>& refusals) {
    const SourceLines lines(text);
    std::vector<Diagnostic> all;
    for (const Refusal& each : refusals) {
        Diagnostic diagnostic;
        diagnostic.place = lines.place(each.range.begin);
        const std::size_t line_end = std::min(text.find('\n', each.range.begin), text.size());
        diagnostic.length = static_cast<int>(std::min(each.range.end, line_end) -
                                             std::min(each.range.begin, line_end));
        diagnostic.message = each.message;
        diagnostic.hint = each.hint;
        all.push_back(std::move(diagnostic));
    }
    return all;
}

}  // namespace pipectl::shell
