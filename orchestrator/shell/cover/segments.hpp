#pragma once

// One pipeline of a text: what is put where, so that its programs run as `pipectl pipe`.
// Internal to this folder.
//
// Programs that follow each other are one `pipectl pipe`, a segment. What only the shell can run
// stays where it is, in a subshell that tells how it ended, and what stands before it hands on how
// that ended (cli/shell_stage.hpp):
//
//     a | b | f | c > out     pipectl pipe --hands-on a :: b | ( .. f ) | pipectl pipe relay ::
//     --out out c
//
// A stage of the shell's at the end keeps its stdout; the pipe behind it carries its status alone.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/shell/cover/cover.hpp"
#include "orchestrator/shell/cover/text_facts.hpp"
#include "orchestrator/shell/syntax/syntax.hpp"
#include "orchestrator/shell/translate/statements.hpp"

namespace pipectl::shell {

/// In the text: `removed` bytes from `at` on make place for `put`.
struct Edit {
    std::size_t at = 0;
    std::size_t removed = 0;
    std::string put;
};

struct PipelineEdits {
    std::vector<Edit> edits{};  ///< in no order; none: the shell does as well
    std::string why{};          ///< it cannot be covered
};

/// Whose pipeline it is.
struct PipelineText {
    std::string_view text;
    const CoverRequest& request;
    const TextFacts& facts;
    const std::vector<Statement>& statements;  ///< of the text: what its functions do
    std::string place{};                       ///< FILE:LINE, for messages
};

PipelineEdits edits_of(const PipelineText& text, const Pipeline& line);

/// It starts no program: a builtin, a function, nothing but assignments.
bool is_shells_own(const Command& command, const TextFacts& facts);

/// Its stdout goes to a file that a run would replace.
bool writes_file(const Command& command);

}  // namespace pipectl::shell
