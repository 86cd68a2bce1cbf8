#pragma once

// A shell's text as a definition for `pipectl run -c`.
//
// Only what surely keeps its meaning is translated. Everything else is given to bash, in the
// extreme the whole text as one stage, so that there is nothing it refuses. Starts nothing; asks
// about files and programs through `Machine`.

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/diagnostic/diagnostic.hpp"
#include "orchestrator/shell/translate/machine.hpp"

namespace pipectl::shell {

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

}  // namespace pipectl::shell
