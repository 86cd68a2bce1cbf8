#pragma once

// The pipelines of a text to one graph. Internal to this folder.

#include <vector>

#include "orchestrator/shell/import/facts.hpp"
#include "orchestrator/shell/import/import_text.hpp"
#include "orchestrator/shell/translate/translator.hpp"

namespace pipectl::shell {

/// A pipeline that has become stages.
struct BuiltRow {
    const Row* row = nullptr;
    bool prints = false;    ///< to the text's own stdout
    bool to_file = false;   ///< its last stage writes a file
    std::size_t begin = 0;  ///< its nodes in the graph
    std::size_t end = 0;
};

struct Built {
    bool shell_rules = false;  ///< as ImportOptions has it
    Translation translation;
    std::vector<BuiltRow> rows;
};

/// Leaves out what needs no stage and what there is a reason against.
Built build(const Facts& facts, const ImportOptions& options, const Machine& machine);

/// Some stage is a shell.
bool has_shell(const Graph& graph);

}  // namespace pipectl::shell
