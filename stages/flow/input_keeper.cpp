#include "stages/flow/input_keeper.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>
#include <vector>

#include "stages/base/error.hpp"
#include "stages/base/pidfd.hpp"

namespace pipectl::helper {

namespace {

/// The pipes that we have open for writing, but for the one at stdout.
std::vector<pollfd> written_pipes() {
    struct stat out {};
    ::fstat(STDOUT_FILENO, &out);
    std::vector<pollfd> pipes;
    DIR* const folder = ::opendir("/proc/self/fd");
    for (const dirent* entry = nullptr; folder != nullptr && (entry = ::readdir(folder));) {
        const int fd = std::atoi(entry->d_name);
        struct stat status {};
        const bool written = fd > STDERR_FILENO && ::fstat(fd, &status) == 0 &&
                             S_ISFIFO(status.st_mode) && status.st_ino != out.st_ino &&
                             (::fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY;
        if (written) pipes.push_back({fd, 0, 0});
    }
    return pipes;
}

void poll_until_something(std::vector<pollfd>& what) {
    while (::poll(what.data(), what.size(), -1) < 0 && errno == EINTR) {
    }
}

}  // namespace

InputKeeper::InputKeeper() : us_(open_pidfd(::getpid())) {
    if (!us_) throw SystemError("cannot watch the own process", errno);
    pid_ = static_cast<pid_t>(::syscall(SYS_clone, CLONE_FILES | SIGCHLD, nullptr));
    if (pid_ < 0) throw SystemError("cannot start a process", errno);
    if (pid_ > 0) return;
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    std::vector<pollfd> ended = {{us_.get(), POLLIN, 0}};
    poll_until_something(ended);
    for (auto pipes = written_pipes(); !pipes.empty();) {
        poll_until_something(pipes);  // POLLERR: nobody reads it any more; poll(2)
        std::erase_if(pipes, [](const pollfd& each) { return each.revents != 0; });
    }
    ::_exit(0);
}

void InputKeeper::end() {
    const pid_t pid = std::exchange(pid_, -1);
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
}

}  // namespace pipectl::helper
