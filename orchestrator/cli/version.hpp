#pragma once

#include <string>

namespace pipectl {

/// As in CMakeLists.txt.
extern const char* const kVersion;

/// What `pipectl --version` prints: one line, or with `json` an object of `version`, `commit`
/// (empty where the source had no repository; `-dirty` at its end where it differed from it) and
/// `build`.
std::string version_text(bool json);

}  // namespace pipectl
