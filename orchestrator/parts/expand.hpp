#pragma once

// `use = "clean.toml"`: definitions in the places of stages, before anything is planned.
//
// The stages of the other definition stand where the stage stood, with its name before theirs
// (`clean/awk`), and what was connected with it is connected with their ports. Paths of definitions
// are relative to the folder of the file that names them.

#include <map>
#include <string>
#include <vector>

#include "orchestrator/definition/definition.hpp"

namespace pipectl {

/// True when a stage of it is a definition.
bool uses_parts(const Definition& definition);

/// By path, texts that stand for files.
using PartTexts = std::map<std::string, std::string>;

/// Expands all of them, reading their files, or the texts that stand for these; what was read comes
/// to `source.used`, and what is wrong to `diagnostics`. False when the definition is not to be
/// planned.
bool expand_parts(Definition& definition, SourceText& source, std::vector<Diagnostic>& diagnostics,
                  const PartTexts* texts = nullptr);

/// What expanded it, for the next time.
PartTexts texts_of_parts(const SourceText& source);

}  // namespace pipectl
