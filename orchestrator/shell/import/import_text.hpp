#pragma once

// A shell's text as a definition that `pipectl import` writes.
//
// Only what surely keeps its meaning is translated. The rest is refused, with all reasons at once.
// Starts nothing; asks about files and programs through `Machine`.

#include <string>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/definition/write.hpp"
#include "orchestrator/diagnostic/diagnostic.hpp"
#include "orchestrator/shell/translate/machine.hpp"

namespace pipectl::shell {

struct ImportOptions {
    bool wrap = false;  ///< what is refused becomes a stage of a shell where that is the same
    bool shell_rules = false;  ///< `strict = false`
    std::string name{};        ///< of the pipeline; or empty
};

/// A definition with what people have written about it.
struct Imported {
    Definition definition;
    Comments comments;
};

struct ImportResult {
    std::vector<Imported> definitions;  ///< one, or one for each independent pipeline
    std::vector<Diagnostic> diagnostics;
    std::string note;  ///< one line on what the definition's strict rules change; or empty
};

ImportResult import_text(const SourceText& source, const ImportOptions& options,
                         const Machine& machine);

}  // namespace pipectl::shell
