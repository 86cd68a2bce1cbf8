#pragma once

// What can be mended of itself: replacements that diagnostics offer, put into the text.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/diagnostic/diagnostic.hpp"

namespace pipectl {

/// What a diagnostic offers to stand in the text: its own fix, or the word that its message ends
/// with in place of what it underlines, in the same quotes. None for other files than the text's
/// own.
std::optional<Replacement> fix_of(const SourceText& source, const Diagnostic& diagnostic);

/// A part of the text that has been replaced.
struct Fixed {
    Place place;
    std::string before;
    std::string after;
};

struct FixedText {
    std::string text;
    std::vector<Fixed> fixed;
};

/// The text with everything replaced that is certain: afterwards `look` has nothing to say any more
/// of what was mended, and no further error on that line. Comments and layout stay. Looks 200 times
/// at most.
FixedText fix_text(const SourceText& source,
                   const std::function<std::vector<Diagnostic>(const std::string&)>& look);

}  // namespace pipectl
