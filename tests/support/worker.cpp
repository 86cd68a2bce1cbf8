#include "tests/support/worker.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"

namespace pipectl::test {

namespace {

void arrange(std::vector<std::pair<int, int>> table) {
    int above = 3;
    for (const auto& [number, fd] : table) {
        above = std::max({above, number + 1, fd + 1});
    }
    for (auto& [number, fd] : table) {
        fd = ::fcntl(fd, F_DUPFD, above);
    }
    ::close_range(3, static_cast<unsigned>(above) - 1, 0);
    ::close(0);
    ::close(1);
    for (const auto& [number, fd] : table) {
        ::dup2(fd, number);
    }
    ::close_range(static_cast<unsigned>(above), ~0U, 0);
}

}  // namespace

Worker::Worker(const std::function<int()>& body,
               const std::vector<std::pair<int, int>>& descriptors) {
    std::fflush(nullptr);
    pid_ = ::fork();
    if (pid_ < 0) throw SystemError("cannot fork", errno);
    if (pid_ > 0) return;
    std::signal(SIGPIPE, SIG_DFL);
    arrange(descriptors);
    ::_exit(body());
}

Worker::~Worker() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

ExitStatus Worker::wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0) {
        if (errno != EINTR) throw SystemError("cannot wait for a child", errno);
    }
    pid_ = -1;
    return ExitStatus::from_wait(status);
}

std::optional<ExitStatus> Worker::ended() {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) <= 0) return std::nullopt;
    pid_ = -1;
    return ExitStatus::from_wait(status);
}

std::size_t peak_memory(pid_t pid) {
    const std::string status = read_small_file("/proc/" + std::to_string(pid) + "/status");
    const std::size_t place = status.find("VmHWM:");
    if (place == std::string::npos) return 0;
    return std::strtoull(status.c_str() + place + 6, nullptr, 10) * 1024;
}

}  // namespace pipectl::test
