#pragma once

// A shell's text as a definition: what `pipectl run -c` runs and `pipectl import` writes.
//
// Both translate only what surely keeps its meaning. For a run everything else is given to bash, in
// the extreme the whole text as one stage, so that there is nothing it refuses. An import refuses
// it, with all reasons at once. Starts nothing; asks about files and programs through `Machine`.

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/diagnostic/diagnostic.hpp"

namespace pipectl::shell {

enum class FileKind { missing, regular, fifo, other };

/// What the translation may ask about the machine that it is for.
struct Machine {
    std::function<FileKind(const std::string& path)> look;
    std::function<bool(const std::string& name)> has_variable;  ///< in the environment
};

struct RunText {
    std::string name;  ///< for messages: "-c", or the script's path
    std::string text;
    std::string file;  ///< bash can read the text there, and $0 is this; or empty
    bool strict = false;
    /// Commands, by their places, for which bash has to say that something is missing.
    std::set<std::size_t> given_to_shell;
};

struct RunTranslation {
    Definition definition;
    std::vector<std::size_t> offsets;        ///< of the stages in the text
    std::vector<std::string> fifos_made;     ///< the text leaves them behind
    std::vector<std::string> files_removed;  ///< FIFOs that it removes at its end
    bool whole = false;                      ///< all of it is one stage
    std::vector<Diagnostic> diagnostics;     ///< strict: why the text is not covered
};

/// By the shell's rules it never fails: what is not understood is bash's. By strict ones there are
/// reasons instead, and no definition.
RunTranslation translate_for_run(const RunText& text, const Machine& machine);

/// The whole text as one stage of bash.
RunTranslation whole_text(const RunText& text);

struct ImportOptions {
    bool wrap = false;  ///< what is refused becomes a stage of a shell where that is the same
    bool shell_rules = false;  ///< `strict = false`
    std::string name{};        ///< of the pipeline; or empty
};

/// A definition with what people have written about it.
struct Imported {
    Definition definition;
    std::vector<std::string> header;                 ///< comment lines above everything
    std::vector<std::vector<std::string>> comments;  ///< by stage: lines above it
};

struct ImportResult {
    std::vector<Imported> definitions;  ///< one, or one for each independent pipeline
    std::vector<Diagnostic> diagnostics;
    std::string note;  ///< one line on what the definition's strict rules change; or empty
};

ImportResult import_text(const SourceText& source, const ImportOptions& options,
                         const Machine& machine);

/// A definition as a person would write it. What `parse_definition` reads back is the same.
std::string write_definition(const Imported& imported);

}  // namespace pipectl::shell
