#include "orchestrator/cli/machine.hpp"

#include <sys/stat.h>

#include <cstdlib>

namespace pipectl {

namespace {

shell::FileKind look(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        return shell::FileKind::missing;
    }
    if (S_ISREG(status.st_mode)) {
        return shell::FileKind::regular;
    }
    return S_ISFIFO(status.st_mode) ? shell::FileKind::fifo : shell::FileKind::other;
}

}  // namespace

shell::Machine this_machine() {
    return {look, [](const std::string& name) { return std::getenv(name.c_str()) != nullptr; }};
}

}  // namespace pipectl
