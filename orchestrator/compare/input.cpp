#include "orchestrator/compare/input.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "orchestrator/compare/stdin_keeper.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "stages/base/error.hpp"
#include "stages/base/pidfd.hpp"
#include "stages/objects/spool.hpp"

namespace pipectl::compare {

namespace {

constexpr int kPatienceMs = 1000;

bool is_null(const struct stat& status) {
    return S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);  // devices.txt of the kernel
}

Fd open_null() {
    Fd null = open_null_device();
    if (!null) throw SystemError("cannot open '/dev/null'", errno);
    return null;
}

}  // namespace

Input::Input(bool wanted) {
    struct stat status {};
    if (!wanted || ::fstat(STDIN_FILENO, &status) != 0 || is_null(status)) return;
    if (::isatty(STDIN_FILENO) != 0) {
        way_ = Way::terminal;
        return;
    }
    start_ = ::lseek(STDIN_FILENO, 0, SEEK_CUR);
    const bool file = S_ISREG(status.st_mode) && start_ >= 0 &&
                      Fd(::open("/proc/self/fd/0", O_RDONLY | O_CLOEXEC)).valid();
    way_ = file ? Way::file : Way::kept;
    if (way_ == Way::kept) {
        kept_ = channel::open_nameless(channel::spool_folder(), O_WRONLY | O_APPEND);
    }
}

Input::~Input() {
    if (keeper_ > 0) {
        ::kill(keeper_, SIGKILL);
        ::waitpid(keeper_, nullptr, 0);
    }
}

Fd Input::for_reference() {
    if (way_ != Way::kept) return again();
    PipeEnds pipe = make_pipe();
    PipeEnds stop = make_pipe();
    const pid_t parent = ::getpid();
    keeper_ = ::fork();
    if (keeper_ < 0) throw SystemError("cannot start a process", errno);
    if (keeper_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(1);
        ::signal(SIGPIPE, SIG_IGN);
        pipe.reader.reset();
        stop.writer.reset();
        ::_exit(keep_stdin(kept_.get(), pipe.writer.get(), stop.reader.get()));
    }
    stop_ = std::move(stop.writer);
    return std::move(pipe.reader);
}

void Input::reference_ended() {
    if (keeper_ <= 0) return;
    int status = 0;
    stop_.reset();
    // it ends by itself, unless somebody else has taken what it was about to read
    const Fd keeper = open_pidfd(keeper_);
    pollfd polled = {keeper.get(), POLLIN, 0};
    if (::poll(&polled, 1, kPatienceMs) == 0) ::kill(keeper_, SIGKILL);
    const pid_t ended = ::waitpid(std::exchange(keeper_, -1), &status, 0);
    if (ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) != 0) {
        throw SystemError("cannot keep stdin for further runs", WEXITSTATUS(status),
                          "give it as a file: pipectl compare ... < FILE");
    }
}

Fd Input::again() const {
    switch (way_) {
        case Way::nothing:
        case Way::terminal: return open_null();
        case Way::file: {
            Fd file = channel::open_again(STDIN_FILENO, O_RDONLY);
            (void)::lseek(file.get(), start_, SEEK_SET);
            return file;
        }
        case Way::kept: return channel::open_again(kept_.get(), O_RDONLY);
    }
    return {};
}

}  // namespace pipectl::compare
