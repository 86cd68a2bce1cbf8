#include "orchestrator/compare/input.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "stages/base/error.hpp"
#include "stages/channel/spool.hpp"

namespace pipectl::compare {

namespace {

constexpr std::size_t kBlock = 64 << 10;

bool is_null(const struct stat& status) {
    return S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);  // devices.txt of the kernel
}

Fd open_null() {
    Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!null) throw SystemError("cannot open '/dev/null'", errno);
    return null;
}

/// Copies our stdin to the file and to the run, until one of them ends. Returns an errno.
int keep(int file, int run) {
    static char block[kBlock];
    for (;;) {
        const ssize_t got = ::read(STDIN_FILENO, block, sizeof block);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        if (got == 0) return 0;
        const std::string_view data(block, static_cast<std::size_t>(got));
        if (const int code = write_all(file, data); code != 0) return code;
        if (const int code = write_all(run, data); code != 0) return code == EPIPE ? 0 : code;
    }
}

}  // namespace

Input::Input(bool wanted) {
    struct stat status {};
    if (!wanted || ::fstat(STDIN_FILENO, &status) != 0 || is_null(status)) return;
    if (::isatty(STDIN_FILENO) != 0) {
        way_ = Way::terminal;
        return;
    }
    const bool from_start = S_ISREG(status.st_mode) && ::lseek(STDIN_FILENO, 0, SEEK_CUR) == 0 &&
                            Fd(::open("/proc/self/fd/0", O_RDONLY | O_CLOEXEC)).valid();
    way_ = from_start ? Way::file : Way::kept;
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
    const pid_t parent = ::getpid();
    keeper_ = ::fork();
    if (keeper_ < 0) throw SystemError("cannot start a process", errno);
    if (keeper_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(1);
        ::signal(SIGPIPE, SIG_IGN);
        pipe.reader.reset();
        ::_exit(keep(kept_.get(), pipe.writer.get()));
    }
    return std::move(pipe.reader);
}

void Input::reference_ended() {
    if (keeper_ <= 0) return;
    int status = 0;
    ::kill(keeper_, SIGKILL);  // it may wait for input that nobody wants any more
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
        case Way::file: return channel::open_again(STDIN_FILENO, O_RDONLY);
        case Way::kept: return channel::open_again(kept_.get(), O_RDONLY);
    }
    return {};
}

}  // namespace pipectl::compare
