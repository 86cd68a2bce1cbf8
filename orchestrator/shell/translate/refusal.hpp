#pragma once

// A reason why a part of a text cannot be translated.

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/diagnostic/diagnostic.hpp"
#include "orchestrator/shell/syntax/syntax.hpp"

namespace pipectl::shell {

struct Refusal {
    Range range;
    std::string message;
    std::string hint;
};

/// With their places in the text, in the same order.
std::vector<Diagnostic> diagnostics_of(std::string_view text, const std::vector<Refusal>& refusals);

}  // namespace pipectl::shell
