#pragma once

// What this process finds around it: its environment, the null device, the programs beside it.

#include <map>
#include <string>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl {

/// As the process has it now.
std::map<std::string, std::string> own_environment();
/// The same as "NAME=VALUE" each, entries without a name too.
std::vector<std::string> environment_entries();

/// /dev/null for reading and writing. Empty where it cannot be opened; sets errno.
Fd open_null_device() noexcept;

/// The path of a program beside this one, or in ../libexec/pipectl; empty when it is not there.
std::string find_own_program(const std::string& name);

}  // namespace pipectl
