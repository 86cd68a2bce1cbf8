#include "orchestrator/cli/version.hpp"

#include <string>

#include "orchestrator/cli/version_text.h"

namespace pipectl {

const char* const kVersion = PIPECTL_VERSION;

std::string version_text(bool json) {
    const std::string version = PIPECTL_VERSION;
    const std::string commit = PIPECTL_COMMIT;
    if (!json) {
        return "pipectl " + version + (commit.empty() ? "" : " (" + commit + ")") + "\n";
    }
#ifdef __OPTIMIZE__
    const std::string build = "optimised, C++ compiler " __VERSION__;
#else
    const std::string build = "not optimised, C++ compiler " __VERSION__;
#endif
    return R"({"version":")" + version + R"(","commit":")" + commit + R"(","build":")" + build +
           "\"}\n";
}

}  // namespace pipectl
