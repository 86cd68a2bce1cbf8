#pragma once

// `use = "clean.toml"`: definitions in the places of stages, before anything is planned.
//
// The stages of the other definition stand where the stage stood, with its name before theirs
// (`clean/awk`), and what was connected with it is connected with their ports. Paths of definitions
// are relative to the folder of the file that names them.

#include <vector>

#include "orchestrator/definition/definition.hpp"

namespace pipectl {

/// True when a stage of it is a definition.
bool uses_parts(const Definition& definition);

/// Expands all of them, reading their files; their texts come to `source.used`, and what is wrong
/// to `diagnostics`. False when the definition is not to be planned.
bool expand_parts(Definition& definition, SourceText& source, std::vector<Diagnostic>& diagnostics);

}  // namespace pipectl
