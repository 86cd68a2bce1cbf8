#pragma once

// A [[test]] of a definition, run: with what it sets and mocks, and with nameless files in the
// place of all that the pipeline would write, so that nothing of the user's is touched.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/cli/load.hpp"
#include "orchestrator/process/interrupts.hpp"
#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// What came of it.
struct TestRun {
    std::vector<Diagnostic> diagnostics;  ///< with errors in them nothing was run
    Secrets secrets;
    std::optional<Summary> summary;  ///< absent: nothing was run, or it was killed
    std::string out;                 ///< of all who write to pipectl's stdout, stage by stage
    /// By the paths of the definition's files; nothing: the run would have left the old one there.
    std::map<std::string, std::optional<std::string>> files;
    std::string said;  ///< on stderr
};

/// Runs it to its end. What interrupts us ends it too. Throws SystemError when no child could be
/// started.
TestRun run_test(const SourceText& source, const Definition& definition, const Test& test,
                 Interrupts& interrupts);

}  // namespace pipectl
