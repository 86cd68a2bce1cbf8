#pragma once

// The kernel's word on whether somebody still uses an object of a run.

#include <set>
#include <string>

namespace pipectl {

enum class InUse { no, yes, unknown };

/// The runs that have a living process: from PIPECTL_RUN in the environments of all processes, and
/// from the command lines of the guards of runs.
std::set<std::string> living_runs();

/// The runs that have a guard.
std::set<std::string> guarded_runs();

/// A file of the caller's own: `no` when a write lease is granted, which the kernel gives only when
/// nobody else has it open or mapped, in whatever container; fcntl(2). Another user's is `unknown`.
InUse file_in_use(const std::string& path);

}  // namespace pipectl
