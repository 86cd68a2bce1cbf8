#pragma once

// The hosts of a site, from a file of its own: `--hosts FILE`.

#include <string>
#include <vector>

#include "orchestrator/definition/definition.hpp"

namespace pipectl {

/// Reads the file's [hosts], which take the place of the definition's of the same names, and adds
/// its text to those that `source` uses. False when it has errors. Throws SystemError when it
/// cannot be read.
bool take_site_hosts(const std::string& file, Definition& definition, SourceText& source,
                     std::vector<Diagnostic>& diagnostics);

}  // namespace pipectl
