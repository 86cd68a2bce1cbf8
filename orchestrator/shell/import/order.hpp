#pragma once

// Which pipelines of a text can only run one after the other. Internal to this folder.
//
// The stages of a definition run at the same time. So a text of several pipelines is taken only
// where that is certainly the same: each program is known for what it does with files
// (programs.hpp), and no file that one of them writes may be one that another one uses.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/shell/translate/statements.hpp"
#include "orchestrator/shell/translate/translator.hpp"

namespace pipectl::shell {

struct OrderQuestions {
    /// The path, as path_pattern() has it, is a named pipe or a temporary file that becomes an
    /// edge.
    std::function<bool(const std::string&)> is_edge;
    /// The statement is left away.
    std::function<bool(const Statement&)> is_dropped;
};

/// Adds a refusal for each pipeline that has to wait for one above it.
void check_order(std::string_view text, const std::vector<Statement>& all, const PathNames& names,
                 const OrderQuestions& questions, std::vector<Refusal>& refusals);

}  // namespace pipectl::shell
