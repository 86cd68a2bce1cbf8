#include "orchestrator/run/input_progress.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace pipectl {

InputProgress::InputProgress(const Plan& plan, const Preflight& preflight) {
    for (const Process& process : plan.processes) {
        for (const Descriptor& descriptor : process.descriptors) {
            if (descriptor.what == Descriptor::What::input_file) {
                add(preflight.inputs[static_cast<std::size_t>(descriptor.index)].get());
            }
            if (descriptor.what == Descriptor::What::inherited && descriptor.index == 0 && !own_) {
                struct stat status {};
                if (::fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode)) {
                    own_.reset(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
                    add(own_.get());
                }
            }
        }
    }
}

void InputProgress::add(int fd) {
    struct stat status {};
    const bool known = std::ranges::find(files_, fd) != files_.end();
    if (!known && ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        files_.push_back(fd);
    }
}

InputProgress::Position InputProgress::position() const {
    Position position;
    for (const int fd : files_) {
        struct stat status {};
        const off_t at = ::lseek(fd, 0, SEEK_CUR);
        if (at >= 0 && ::fstat(fd, &status) == 0) {
            position.read = std::max<std::int64_t>(position.read, 0) + std::min(at, status.st_size);
            position.size = std::max<std::int64_t>(position.size, 0) + status.st_size;
        }
    }
    return position;
}

}  // namespace pipectl
