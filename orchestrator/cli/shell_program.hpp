#pragma once

// pipectl-sh: a shell whose pipelines of programs have the promises of a run. A name of pipectl.

#include <string>
#include <vector>

namespace pipectl {

/// `words` are those behind the name. Becomes the real shell; returns only when it does not, with
/// the exit status.
int run_as_shell(const std::vector<std::string>& words);

}  // namespace pipectl
