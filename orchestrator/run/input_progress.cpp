#include "orchestrator/run/input_progress.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace pipectl {

InputProgress::InputProgress(const Plan& plan, const Preflight& preflight) {
    for (std::size_t i = 0; i < plan.processes.size(); ++i) {
        for (const Descriptor& descriptor : plan.processes[i].descriptors) {
            if (descriptor.number != STDIN_FILENO) {
                continue;
            }
            if (descriptor.what == Descriptor::What::input_file) {
                add(static_cast<int>(i), preflight.inputs[descriptor.index].get());
            }
            if (descriptor.what == Descriptor::What::inherited && descriptor.index == 0 && !own_) {
                struct stat status {};
                if (::fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode)) {
                    own_.reset(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
                    began_at_ = std::max<off_t>(0, ::lseek(STDIN_FILENO, 0, SEEK_CUR));
                    add(static_cast<int>(i), own_.get());
                }
            }
        }
    }
}

void InputProgress::add(int process, int fd) {
    struct stat status {};
    const bool known =
        std::ranges::any_of(inputs_, [fd](const Input& one) { return one.fd == fd; });
    if (!known && ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        inputs_.push_back({process, fd});
    }
}

InputProgress::Position InputProgress::position() const {
    Position position;
    for (const Input& input : inputs_) {
        struct stat status {};
        const off_t at = ::lseek(input.fd, 0, SEEK_CUR);
        if (at >= 0 && ::fstat(input.fd, &status) == 0) {
            position.read = std::max<std::int64_t>(position.read, 0) + std::min(at, status.st_size);
            position.size = std::max<std::int64_t>(position.size, 0) + status.st_size;
        }
    }
    return position;
}

std::optional<std::int64_t> InputProgress::read_by(int process) const {
    const auto input = std::ranges::find(inputs_, process, &Input::process);
    const off_t at = input == inputs_.end() ? -1 : ::lseek(input->fd, 0, SEEK_CUR);
    if (at < 0) {
        return std::nullopt;
    }
    return input->fd == own_.get() ? std::max<off_t>(0, at - began_at_) : at;
}

}  // namespace pipectl
